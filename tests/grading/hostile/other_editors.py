"""What other editors and tools make of a notebook that is right."""

from __future__ import annotations

from typing import Any

from tests.grading.hostile.cases import Case, Document, own


def _of_vs_code(document: Document) -> None:
    """VS Code drops what it doesn't know and names the language of each cell."""
    for cell in document["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {"vscode": {"languageId": "python"}}
    document["metadata"] = {"language_info": {"name": "python"}, "orig_nbformat": 4}
    document["nbformat_minor"] = 2


def _of_colab(document: Document) -> None:
    """Colab keeps ids of its own in the metadata, and outputs of its own kind."""
    for number, cell in enumerate(document["cells"]):
        cell.pop("id", None)
        kept = {"id": f"c0lab{number}", "outputId": "x", "colab": {"base_uri": ""}}
        cell["metadata"] = kept
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
    document["metadata"] = {
        "accelerator": "GPU",
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
    }
    document["nbformat_minor"] = 0


def _of_nbstripout(document: Document) -> None:
    """nbstripout leaves sources alone."""
    for number, cell in enumerate(document["cells"]):
        cell["id"] = str(number)
        cell["metadata"].pop("nbgrader", None)
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    document["metadata"] = {}


def _of_jupytext(document: Document) -> None:
    """A round trip through a script: no ids, cells joined or split at blank lines."""
    for cell in document["cells"]:
        cell.pop("id", None)
        cell["source"] = "".join(cell["source"]).strip()
    document["metadata"]["jupytext"] = {"formats": "ipynb,py:percent"}
    document["cells"] = [cell for cell in document["cells"] if cell["source"]]


def _of_papermill(document: Document) -> None:
    document["cells"].insert(
        1, {**own("seed = 5"), "metadata": {"tags": ["injected-parameters"]}}
    )
    document["metadata"]["papermill"] = {"exception": None, "parameters": {"seed": 5}}


def _of_deepnote(document: Document) -> None:
    for cell in document["cells"]:
        kept: dict[str, Any] = cell["metadata"]
        cell["metadata"] = {**kept, "deepnote_cell_type": "code", "cell_id": "0" * 32}
        cell["execution_millis"] = 12


def _of_another_kernel(document: Document) -> None:
    document["metadata"] = {
        "kernelspec": {"name": "my-venv", "display_name": "mine", "language": "python"},
        "language_info": {"name": "python", "version": "2.7.18"},
    }


def _of_r(document: Document) -> None:
    document["metadata"]["kernelspec"] = {"name": "ir", "display_name": "R"}


def _ran(document: Document) -> None:
    """Saved with widgets, outputs, counts and the marks of a collapsed cell."""
    for number, cell in enumerate(document["cells"]):
        cell["metadata"].update(
            collapsed=True, jupyter={"source_hidden": True}, scrolled=True
        )
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [
                {"output_type": "stream", "name": "stdout", "text": ["an\n", "output"]}
            ]
    document["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}


CASES = tuple(
    Case(name, honest=True, edit=edit, integrity=False)
    for name, edit in (
        ("saved-by-vs-code", _of_vs_code),
        ("saved-by-colab", _of_colab),
        ("stripped-of-outputs-and-metadata", _of_nbstripout),
        ("been-a-script", _of_jupytext),
        ("run-by-papermill", _of_papermill),
        ("saved-by-deepnote", _of_deepnote),
        ("made-for-another-kernel", _of_another_kernel),
        ("made-for-r", _of_r),
        ("saved-with-outputs", _ran),
    )
)
