"""What the documents show is run: fenced blocks are read, and a project of its own is made of those of some pages.

* A block that begins with a comment naming a file (`# shop/views.py`) goes to that file: at its end where
  `startproject` made it, and otherwise as its content. `jsonl` blocks name theirs behind the fence.
* `shell`: lines of `python manage.py` and `python -m django` are run; each other line must be known.
* `python`: run in the order of the pages, sharing their names; what `# → text` says must be printed.
* `http as anna`: a request, sent by that user; the `json 201` block behind it is the answer, `"…"` being anything.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parent.parent

_NAMED = re.compile(r"(?:#|<!--|\{#) ([\w/.-]+\.(?:py|yaml|html|txt))(?P<more>, [\w -]+)?(?: -->| #\})?\n")


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, what stands behind the fence, the number of that line, and the text."""

    page: str
    info: str
    line: int
    text: str

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]

    @property
    def more(self) -> str:
        """What stands behind the language."""
        return self.info.partition(" ")[2]

    @property
    def file(self) -> str:
        """The file that the block belongs to, or nothing. A note behind its name says that it is only to be read."""
        if self.language == "jsonl":
            return self.more
        found = _NAMED.match(self.text)
        return f"{found[1]}{found['more'] or ''}" if found else ""

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def read_page(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def read_blocks(page: str) -> list[Block]:
    """The fenced blocks of a page. Raises ValueError for a fence that is not closed."""
    blocks, fence, start, lines = [], "", 0, list[str]()
    for number, line in enumerate(read_page(page).splitlines(), start=1):
        if line.startswith("```") and not fence:
            fence, start, lines = line.removeprefix("```") or "?", number, []
        elif line == "```":
            blocks.append(Block(page, fence, start, "\n".join(lines) + "\n"))
            fence = ""
        elif fence:
            lines.append(line)
    if fence:
        raise ValueError(f"{page}:{start} is not closed.")
    return blocks


def find_block(page: str, file: str) -> str:
    """The text of the one block of a page that belongs to a file."""
    (block,) = [block for block in read_blocks(page) if block.file == file]
    return block.text


def shell_lines(page: str) -> list[str]:
    return [
        line for block in read_blocks(page) if block.language == "shell" for line in block.text.splitlines()
    ]


OURS = ("python manage.py ", "python -m django ")
# What asks questions, or does not end, is run otherwise or not at all.
INSTEAD = {
    "python manage.py createsuperuser": "python manage.py createsuperuser --noinput --username admin --email a@site.example",
    "python manage.py runserver": "python manage.py check",
    "python manage.py loyalty_process --follow": "python manage.py loyalty_process",
}
_MAKING = re.compile(r"python -m django startproject |python manage\.py startapp ")

# Runs the steps in their order, in one process: snippets of Python share their names, as they do for whoever reads on.
DRIVER = """
import json, pathlib, re, shlex, subprocess, sys

names, answer, ready = {}, {}, False


def set_up():
    global ready
    if not ready:
        import django
        django.setup()
    ready = True


def agrees(expected, actual):
    if expected == "…":
        return True
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and agrees(value, actual[name]) for name, value in expected.items() if name != "…"
        ) and ("…" in expected or set(expected) == set(actual))
    if isinstance(expected, list):
        rest = expected[:-1] if expected[-1:] == ["…"] else expected
        enough = len(actual) >= len(rest) if rest is not expected else len(actual) == len(rest)
        return enough and all(map(agrees, rest, actual))
    return type(expected) is type(actual) and expected == actual


def send(user, text):
    from django.contrib.auth import get_user_model
    from django.test import Client
    client = Client(SERVER_NAME="127.0.0.1", SERVER_PORT="8000")
    if user:
        client.force_login(get_user_model().objects.get(username=user))
    head, _blank, body = text.partition("\\n\\n")
    first, *more = head.splitlines()
    method, path = re.sub(r"\\{(\\w+)\\}", lambda found: str(answer[found[1]]), first).split(" ", 1)
    body = re.sub(r"\\{(token|number)\\}", lambda found: str(answer[found[1]]), body)
    headers = dict(line.split(": ", 1) for line in more)
    kind = headers.pop("Content-Type", "application/json")
    response = client.generic(method, path, body.strip(), content_type=kind, headers=headers)
    if kind == "application/x-ndjson":
        lines = [json.loads(line) for line in response.content.decode().splitlines()]
        return response.status_code, lines
    found = response.json() if "json" in response["Content-Type"] else {}
    answer.update(found if isinstance(found, dict) else {})
    return response.status_code, found


for kind, place, more, text in json.loads(pathlib.Path("steps.json").read_text(encoding="utf-8")):
    print(place, file=sys.stderr, flush=True)
    if kind == "shell" and text.startswith("python manage.py test"):
        subprocess.run(text, check=True, shell=True)
    elif kind == "shell":
        set_up()
        from django.core.management import execute_from_command_line
        try:
            execute_from_command_line(shlex.split(text)[1:])
        except SystemExit as end:
            if end.code:
                raise
    elif kind == "python":
        set_up()
        page, _colon, line = place.rpartition(":")
        exec(compile("\\n" * int(line) + text, page, "exec"), names)
    elif kind == "http":
        set_up()
        status, found = send(more.removeprefix("as "), text)
    elif kind == "json":
        wanted = [json.loads(line) for line in text.splitlines()] if "lines" in more else json.loads(text)
        if str(status) != more.split()[0] or not agrees(wanted, found):
            sys.exit(f"{place}: answered {status} {json.dumps(found, ensure_ascii=False, indent=1)}")
    sys.stdout.flush()
"""


def steps_of(blocks: Iterable[Block]) -> list[tuple[str, str, str, str]]:
    """What is run: kind, place, what stands behind the fence, text."""
    found = []
    for block in blocks:
        if block.file:
            continue
        if block.language in ("python", "http", "json"):
            found.append((block.language, block.place, block.more, block.text))
        elif block.language == "shell":
            found += [
                ("shell", block.place, "", INSTEAD.get(line, line))
                for line in block.text.splitlines()
                if line.startswith(OURS) and not _MAKING.match(line)
            ]
    return found


def environment(site: Path) -> dict[str, str]:
    """Of a process that finds the site first, and our two apps as they are here."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{site}{os.pathsep}{ROOT}",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONWARNINGS": "error",
        "DJANGO_SETTINGS_MODULE": "mysite.settings",
        "DJANGO_SUPERUSER_PASSWORD": "admin",
    }


def make_site(site: Path, blocks: list[Block]) -> None:
    """A project as `startproject` and `startapp` make it, with the files of the blocks."""
    making = [
        line
        for block in blocks
        if block.language == "shell"
        for line in block.text.splitlines()
        if _MAKING.match(line)
    ] or ["python -m django startproject mysite .", "python manage.py startapp shop"]
    variables = environment(site)
    del variables["DJANGO_SETTINGS_MODULE"]
    for line in making:
        subprocess.run(shlex.split(line), cwd=site, env=variables, check=True, timeout=120)
    for block in blocks:
        if block.file and ", " not in block.file:
            path = site / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            had = path.read_text(encoding="utf-8") if path.exists() and path.suffix == ".py" else ""
            path.write_text(f"{had}\n{block.text}" if had else block.text, encoding="utf-8")


def run_pages(
    site: Path, pages: Iterable[str], behind: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """Run what pages show, one after the other, in a project made of them, with Python of the test's behind some."""
    steps, blocks = list[tuple[str, str, str, str]](), list[Block]()
    for page in pages:
        read = read_blocks(page)
        blocks += read
        steps += steps_of(read)
        if page in behind:
            steps.append(("python", f"behind {page}:0", "", behind[page]))
    make_site(site, blocks)
    (site / "steps.json").write_text(json.dumps(steps), encoding="utf-8")
    (site / "driver.py").write_text(DRIVER, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "driver.py"],
        cwd=site,
        env=environment(site),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def expected_prints(pages: Iterable[str]) -> list[str]:
    return [
        text
        for page in pages
        for block in read_blocks(page)
        if block.language == "python"
        for text in re.findall(r"# → (.*)", block.text)
    ]


def missing_prints(expected: list[str], printed: str) -> list[str]:
    """What was to be printed and was not, each in its turn."""
    lines = iter(printed.splitlines())
    return [text for text in expected if text not in lines]
