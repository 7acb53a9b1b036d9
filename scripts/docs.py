"""Writes the repository's Markdown pages as HTML that opens from the disk: python3 scripts/docs.py FOLDER.

Every page keeps its place (docs/pruning.md is docs/pruning.html, a README.md is its folder's index.html), links are
turned and checked, and files that pages link to are copied. Exit code 1 where a link leads nowhere.
"""

import html
import json
import os
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys
import urllib.parse

from markdown_it import MarkdownIt

ROOT = pathlib.Path(__file__).resolve().parent.parent
ASSETS = ROOT / "scripts" / "docs-assets"
PLACES = ("docs/", "data/", "checkpoints/", "recipes/", "Benchmarks/", "Tests/interop/", "python/", "Examples/")
SHOWN_AS_TEXT = (".yaml", ".csv", ".json", ".swift", ".py", ".txt", ".ipynb")


def tracked():
    """The repository's files; all that are there where git is not."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        return sorted(name for name in done.stdout.splitlines() if (ROOT / name).is_file())
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file())


def slug(heading):
    """A heading's name in a link, as GitHub makes it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.lower())
    return "".join(c for c in plain if c.isalnum() or c in "-_ ").replace(" ", "-")


def target(name):
    """The page that a Markdown file becomes."""
    folder, file = posixpath.split(name)
    stem = "index" if file == "README.md" else file[:-3]
    return posixpath.join(folder, stem + ".html")


class Page:
    def __init__(self, site, name):
        self.site, self.name, self.path = site, name, target(name)
        # A model card begins with settings for the Hub.
        self.text = re.sub(r"\A---\n.*?\n---\n", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.S)
        tokens = site.markdown.parse(self.text)
        self.title, self.headings, self.sections = name, [], []
        seen = set()
        section = None
        for index, token in enumerate(tokens):
            if token.type == "heading_open":
                source = tokens[index + 1].content
                base = anchor = slug(source)
                number = 0
                while anchor in seen:
                    number += 1
                    anchor = f"{base}-{number}"
                seen.add(anchor)
                token.attrs["id"] = anchor
                plain = words(tokens[index + 1])
                level = int(token.tag[1])
                if level == 1 and not self.headings:
                    self.title = plain
                self.headings.append((level, plain, anchor))
                section = {"heading": plain, "anchor": anchor if level > 1 else "", "text": []}
                self.sections.append(section)
            elif section is not None and token.type in ("inline", "fence", "code_block"):
                if tokens[index - 1].type != "heading_open":
                    section["text"].append(words(token) if token.type == "inline" else token.content)
        self.anchors, self.tokens = seen, tokens

    def render(self):
        for token in self.tokens:
            for child in token.children or []:
                if child.type == "link_open":
                    child.attrs["href"] = self.link(child.attrs["href"])
                elif child.type == "image":
                    child.attrs["src"] = self.link(child.attrs["src"])
                    child.attrs["loading"] = "lazy"
        body = self.site.markdown.renderer.render(self.tokens, self.site.markdown.options, {})
        body = body.replace("<table>", '<div class="table" tabindex="0"><table>').replace("</table>", "</table></div>")
        body = re.sub(
            r'<(h[2-4]) id="([^"]*)">(.*?)</\1>', r'<\1 id="\2">\3<a class="here" href="#\2" aria-label="link to this part">#</a></\1>',
            body, flags=re.S)
        return body

    def link(self, link):
        if re.match(r"[a-z]+:", link) or link.startswith("//"):
            return link
        path, _, anchor = link.partition("#")
        path = urllib.parse.unquote(path)
        if not path:
            if anchor not in self.anchors:
                self.site.fault(self.name, link)
            return link
        name = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), path))
        found = self.site.place(name, self.name)
        if found is None:
            self.site.fault(self.name, link)
            return link
        page = self.site.pages.get(name) or self.site.pages.get(posixpath.join(name, "README.md"))
        if anchor and page and urllib.parse.unquote(anchor) not in page.anchors:
            self.site.fault(self.name, link)
        relative = posixpath.relpath(found, posixpath.dirname(self.path) or ".")
        return urllib.parse.quote(relative) + ("#" + anchor if anchor else "")


def words(token):
    """A token's text without marks."""
    if not token.children:
        return token.content
    return "".join(
        child.content if child.type in ("text", "code_inline") else " " if child.type.endswith("break") else ""
        for child in token.children)


class Site:
    def __init__(self, folder):
        self.folder, self.files, self.faults = pathlib.Path(folder), tracked(), []
        self.markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
        names = [name for name in self.files if name.endswith(".md") and (
            "/" not in name or name.startswith(PLACES)) and "/Fixtures/" not in name]
        self.pages = {}
        for name in names:
            self.pages[name] = Page(self, name)
        self.copied, self.lists = set(), {}

    def fault(self, page, link):
        self.faults.append(f"{page}: {link} leads nowhere")

    def place(self, name, page):
        """Where a file or folder of the repository stands on the site; copies what is no page."""
        if name in self.pages:
            return self.pages[name].path
        if name in (".", ""):
            return "index.html"
        if name in self.files:
            self.copied.add(name)
            return name
        inside = [file for file in self.files if file.startswith(name + "/")]
        if not inside:
            return None
        if f"{name}/README.md" in self.pages:
            return self.pages[f"{name}/README.md"].path
        for first in ("report.html", "index.html"):
            if f"{name}/{first}" in inside:
                self.copied.update(file for file in inside if (ROOT / file).stat().st_size < 4 << 20)
                return f"{name}/{first}"
        self.lists[name] = inside
        return f"{name}/index.html"

    def groups(self):
        """The pages in the order of the README's list; the first cell of a row is what they are for."""
        groups, known = [("", ["README.md"])], {"README.md"}
        text = self.pages["README.md"].text
        table = text[text.index("\n## Documentation"):].split("\n## ", 2)[1]
        for line in table.splitlines():
            cells = line.strip().strip("|").split("|")
            if len(cells) < 2:
                continue
            names = []
            for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                if link in self.pages and link not in known:
                    names.append(link)
                    known.add(link)
            if names:
                groups.append((cells[0].strip(), names))
        rest = [name for name in self.pages if name not in known and (
            re.fullmatch(r"docs/[^/]+\.md", name) or name in ("CHANGELOG.md", "CONTRIBUTING.md"))]
        return groups + [("more", rest)] if rest else groups

    def write(self):
        if self.folder.exists():
            if not (self.folder / "search.js").exists():
                sys.exit(f"docs: {self.folder} is there and was not written by this script; name another folder")
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        groups, index = self.groups(), []
        for page in self.pages.values():
            self.put(page.path, self.frame(page.title, page.render(), page.path, groups, page.headings, page.name))
            for section in page.sections:
                text = re.sub(r"\s+", " ", " ".join(section["text"])).strip()
                place = page.path + ("#" + section["anchor"] if section["anchor"] else "")
                index.append([page.title, section["heading"], place, text])
        for name, files in self.lists.items():
            rows = []
            for file in files:
                if file in self.pages:
                    place = self.pages[file].path
                else:
                    self.copied.add(file)
                    place = file
                relative = urllib.parse.quote(posixpath.relpath(place, name))
                rows.append(f'<li><a href="{relative}">{html.escape(file)}</a></li>')
            body = f"<h1>{html.escape(name)}</h1>\n<ul>\n" + "\n".join(rows) + "\n</ul>"
            self.put(f"{name}/index.html", self.frame(name, body, f"{name}/index.html", groups, [], name))
        for name in sorted(self.copied):
            place = self.folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, place)
        self.put("search-index.js", "const SEARCH_INDEX = " + json.dumps(index, ensure_ascii=False).replace("</", "<\\/") + ";\n")
        for name in ("style.css", "search.js"):
            shutil.copyfile(ASSETS / name, self.folder / name)

    def put(self, path, text):
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def frame(self, title, body, path, groups, headings, name):
        up = posixpath.relpath(".", posixpath.dirname(path) or ".") + "/"
        nav = []
        for group, names in groups:
            items = "".join(
                '<li><a href="{}"{}>{}</a></li>'.format(
                    urllib.parse.quote(up + self.pages[page].path), ' aria-current="page"' if page == name else "",
                    html.escape(self.pages[page].title)) for page in names)
            label = f"<h2>{html.escape(group)}</h2>" if group else ""
            nav.append(f"{label}<ul>{items}</ul>")
        parts = [heading for heading in headings if heading[0] == 2]
        contents = ""
        if len(parts) > 2:
            items = "".join(f'<li><a href="#{anchor}">{html.escape(text)}</a></li>' for _, text, anchor in parts)
            contents = f'<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>{items}</ul></nav>'
        whole = title if title == "CarbonCLIP" else f"{title} - CarbonCLIP"
        return f"""<!DOCTYPE html>
<html lang="en" data-up="{up}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html.escape(whole)}</title>
<link rel="stylesheet" href="{up}style.css">
<script src="{up}search.js" defer></script>
</head>
<body>
<a class="skip" href="#page">to the page</a>
<header>
<a class="home" href="{up}index.html">CarbonCLIP</a>
<form role="search"><input type="search" id="search" placeholder="Search the pages" aria-label="Search the pages" autocomplete="off"></form>
<ol id="found" hidden></ol>
</header>
<div class="columns">
<details class="pages" open><summary>Pages</summary><nav aria-label="Pages">{"".join(nav)}</nav></details>
<main id="page">
{body}
</main>
{contents}
</div>
</body>
</html>
"""


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: scripts/docs.py FOLDER")
    site = Site(sys.argv[1])
    site.write()
    for fault in sorted(set(site.faults)):
        print(f"docs: {fault}", file=sys.stderr)
    if site.faults:
        sys.exit(1)
    print(f"{sys.argv[1]}/index.html: {len(site.pages)} pages, {len(site.copied)} files; every link leads somewhere")


if __name__ == "__main__":
    main()
