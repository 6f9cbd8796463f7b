"""What a learner's output would do in an instructor's browser.

Each has `trigger` in it, in a place where a browser would run it.
"""

from __future__ import annotations

from tests.grading.hostile.cases import Case

TRIGGER = "window.hostile"
SHOWN = "from IPython.display import *\n"
CASES = (
    Case(
        "displays-a-script",
        SHOWN
        + f"""
display(HTML("<script>{TRIGGER}=1</script><img src=x onerror='{TRIGGER}=1'>"))
display(HTML("<svg onload='{TRIGGER}=1'><a href='javascript:{TRIGGER}=1'>x</a></svg>"))
display(HTML("<iframe srcdoc='<script>parent.{TRIGGER}=1</script>'></iframe>"))
display(HTML("<style>body {{ display: none }}</style><base href='//192.0.2.1/'>"))
display(HTML("<meta http-equiv=refresh content='0;url=//192.0.2.1'><form action=/x>"))
""",
        honest=True,
    ),
    Case(
        "displays-javascript",
        SHOWN
        + f"""
display(Javascript("{TRIGGER}=1"))
display({{"application/javascript": "{TRIGGER}=1"}}, raw=True)
get_ipython().run_cell_magic("javascript", "", "{TRIGGER}=1")
get_ipython().run_cell_magic("html", "", "<script>{TRIGGER}=1</script>")
""",
        honest=True,
    ),
    Case(
        "displays-pictures-that-are-none",
        SHOWN
        + f"""
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'><script>{TRIGGER}=1</script></svg>"))
display({{"image/png": "' onerror='{TRIGGER}=1"}}, raw=True)
display({{"image/svg+xml": "<svg onload='{TRIGGER}=1'/>"}}, raw=True)
display({{"text/latex": "$\\\\href{{javascript:{TRIGGER}=1}}{{x}}$"}}, raw=True)
display({{"text/markdown": "<script>{TRIGGER}=1</script>[x](javascript:{TRIGGER}=1)"}},
        raw=True)
display({{"application/vnd.jupyter.widget-view+json": {{"model_id": "<script>"}}}},
        raw=True)
""",
        honest=True,
    ),
    Case(
        "prints-and-raises-a-script",
        f"""
print("<script>{TRIGGER}=1</script>\\x1b]8;;javascript:{TRIGGER}=1\\x07x")
raise type("<img src=x onerror={TRIGGER}=1>", (Exception,), {{}})("<script>{TRIGGER}=1")
""",
        honest=True,
    ),
    Case(
        "returns-a-script",
        answers={
            "square-answer": (
                "def square(x):\n"
                f"    raise ValueError('</pre><script>{TRIGGER}=1</script>')"
            )
        },
    ),
    Case(
        "writes-a-script-in-words",
        edit=lambda document: document["cells"].append(
            {
                "cell_type": "markdown",
                "id": "words",
                "metadata": {},
                "source": f"<script>{TRIGGER}=1</script><img src=x onerror={TRIGGER}=1>"
                f' [x](javascript:{TRIGGER}=1) ![x](x.png"onerror="{TRIGGER}=1)',
                "attachments": {
                    "x.png": {"text/html": f"<script>{TRIGGER}=1</script>"}
                },
            }
        ),
        honest=True,
    ),
)
