"""Checks the message catalogues: complete, compiled, and in step with the code. `--write` renews them.

Run as `python -m tests.check_messages`. Needs GNU gettext (xgettext, msgmerge, msgfmt).
"""

import ast
import gettext
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django as installed_django

from tests.database import in_ci

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["loyalty", "referrals", "example_project"]
LANGUAGES = ["ru"]  # English is the language of the code itself
DJANGO = Path(installed_django.__file__).parent
DJANGOS_OWN = [DJANGO / "conf", DJANGO / "contrib" / "admin", DJANGO / "contrib" / "auth"]
GATHER = ["makemessages", "--no-wrap", "--no-obsolete", "--add-location", "file"]
HEADER = r"""msgid ""
msgstr ""
"Project-Id-Version: django-loyalty-referrals\n"
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"""

Message = tuple[str, str, str]  # context, singular, plural


def django(folder: Path, *arguments: str) -> None:
    """Run a Django command that needs no settings inside a package's folder.

    `-P`: the folder itself must not be imported from, or its `selectors` would shadow the standard library's.
    """
    command = [sys.executable, "-P", "-m", "django", *arguments]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def gather(folder: Path) -> None:
    """Bring the catalogues of one package in step with its Python code, templates and scripts."""
    (folder / "locale").mkdir(exist_ok=True)
    languages = [argument for language in LANGUAGES for argument in ("--locale", language)]
    django(folder, *GATHER, *languages)
    if any((folder / "static").rglob("*.js")):
        django(folder, *GATHER, *languages, "--domain", "djangojs")
    for path in folder.glob("locale/*/LC_MESSAGES/*.po"):
        path.write_text(HEADER.format(language=path.parts[-3]) + body(path), encoding="utf-8")


def body(path: Path) -> str:
    """A catalogue without its header, whose placeholders and dates only make noise; plural forms are kept."""
    header, _, messages = path.read_text(encoding="utf-8").partition("\n\n")
    plural_forms = "".join(line + "\n" for line in header.splitlines() if line.startswith('"Plural-Forms'))
    return f"{plural_forms}\n{messages}"


def read_po(path: Path) -> dict[Message, tuple[bool, list[str]]]:
    """Each live message of a catalogue: whether it is fuzzy, and its translations."""
    messages: dict[Message, tuple[bool, list[str]]] = {}
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        fields: dict[str, str] = {}
        name = ""
        for line in lines:
            if match := re.match(r'(msg\w+(?:\[\d\])?)?\s*(".*")$', line):
                name = match[1] or name
                fields[name] = fields.get(name, "") + ast.literal_eval(match[2])
        if fields.get("msgid"):
            key = (fields.get("msgctxt", ""), fields["msgid"], fields.get("msgid_plural", ""))
            messages[key] = fuzzy, [text for name, text in fields.items() if name.startswith("msgstr")]
    return messages


def read_mo(path: Path) -> dict[object, str]:
    """The texts of a compiled catalogue. The header is left out: it holds the date of the run."""
    with path.open("rb") as file:
        texts = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    texts.pop("", None)
    return texts


def find_problems(package: Path) -> list[str]:
    """Everything wrong with the catalogues of one package, a line each."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / package.name
        shutil.copytree(package, fresh, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3*"))
        gather(fresh)
        problems = []
        found = {path.relative_to(fresh) for path in fresh.glob("locale/*/LC_MESSAGES/*.po")}
        kept = {path.relative_to(package) for path in package.glob("locale/*/LC_MESSAGES/*.po")}
        for name in sorted(found | kept):
            if name not in kept:
                problems.append(f"{package.name}/{name}: missing")
            else:
                wanted = read_po(fresh / name)
                problems += [f"{package.name}/{name}: {problem}" for problem in check(package / name, wanted)]
        return problems


def check(catalogue: Path, wanted: dict[Message, tuple[bool, list[str]]]) -> list[str]:
    """What is wrong with one catalogue, given the messages that the code has now."""
    messages = read_po(catalogue)
    problems = [f"not gathered: {key[1]!r}" for key in sorted(wanted.keys() - messages.keys())]
    problems += [f"no longer in the code: {key[1]!r}" for key in sorted(messages.keys() - wanted.keys())]
    problems += [f"fuzzy: {key[1]!r}" for key, (fuzzy, _) in messages.items() if fuzzy]
    problems += [f"not translated: {key[1]!r}" for key, (_, texts) in messages.items() if not all(texts)]
    with tempfile.TemporaryDirectory() as scratch:
        compiled = Path(scratch) / "fresh.mo"
        command = ["msgfmt", "--check", "--output-file", str(compiled), str(catalogue)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            return [*problems, result.stderr.strip()]
        committed = catalogue.with_suffix(".mo")
        if not committed.exists() or read_mo(committed) != read_mo(compiled):
            problems.append("the .mo file is not the compiled .po file")
    return problems


def find_clashes(language: str) -> list[str]:
    """Texts that stand in several catalogues with different translations: the app installed first overrules the rest.

    A context (`pgettext`) keeps a text of ours apart.
    """
    folders = [*DJANGOS_OWN, *(ROOT / name for name in PACKAGES)]
    catalogues = {
        folder.name: read_mo(folder / "locale" / language / "LC_MESSAGES" / "django.mo") for folder in folders
    }
    ours: set[object] = {key for name in PACKAGES for key in catalogues[name]}
    problems = []
    for key in sorted(ours, key=str):
        found = {name: texts[key] for name, texts in catalogues.items() if key in texts}
        if len(set(found.values())) > 1:
            problems.append(f"translated in several ways: {key!r} {found}")
    return problems


def main() -> int:
    """Exit code: 0 in order, 1 not."""
    if not shutil.which("xgettext") or not shutil.which("msgfmt"):
        print("Messages not checked: GNU gettext is not installed.")
        return int(in_ci())
    packages = [ROOT / name for name in PACKAGES]
    if "--write" in sys.argv[1:]:
        for package in packages:
            gather(package)
            if any(package.glob("locale/*/LC_MESSAGES/*.po")):
                django(package, "compilemessages")
    problems = [problem for package in packages for problem in find_problems(package)]
    problems += [problem for language in LANGUAGES for problem in find_clashes(language)]
    print("\n".join(problems) or "Messages are complete.")
    if problems:
        print("\nRun `make messages`, translate what is empty or fuzzy, run it again.")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
