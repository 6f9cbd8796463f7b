NOTES = {}


def keep(note):
    NOTES[note["id"]] = note


def ids():
    return list(NOTES)


def read(key):
    return NOTES[key]


def forget(key):
    del NOTES[key]
