class Greeter:
    def __call__(self, event, about):
        match event:
            case {"name": str(name)}:
                return self.answer(name, about)
            case _:
                return self.answer("stranger", about)

    def answer(self, name, about):
        words = ["Hello,", name + "!"]
        return {"request_id": about.aws_request_id, "greeting": " ".join(words)}


greet = Greeter()
