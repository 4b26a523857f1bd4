#!/usr/bin/python3
"""Puts the pages into the program: embed.py FOLDER OUT.c OUT.bin OUT.d

Writes one file of all bytes, a table of names, types and places in it, and, for the build,
what it was made from, so that a new page is noticed.
"""
import hashlib
import os
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".m4a": "audio/mp4",
    ".txt": "text/plain; charset=utf-8",
}


def main(folder, table, blob, depends):
    rows, made_from, at = [], [], 0
    if not os.path.isdir(folder):
        made_from.append(os.path.dirname(folder))  # until there are pages
    with open(blob, "wb") as out:
        for where, folders, names in os.walk(folder):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            made_from.append(where)
            for name in sorted(names):
                path = os.path.join(where, name)
                kind = TYPES.get(os.path.splitext(name)[1])
                if name.startswith(".") or not kind:
                    continue
                with open(path, "rb") as page:
                    content = page.read()
                out.write(content)
                made_from.append(path)
                rows.append((os.path.relpath(path, folder), kind, at, len(content),
                             hashlib.sha256(content).hexdigest()[:16]))
                at += len(content)
    with open(table, "w") as out:
        out.write('#include "pages.h"\n\n')
        out.write('__asm__(".section .rodata\\n.balign 16\\npage_bytes:\\n'
                  f'.incbin \\"{os.path.abspath(blob)}\\"\\n.byte 0\\n.previous\\n");\n')
        out.write("extern const unsigned char page_bytes[];\n\n")
        out.write("const struct page_file page_files[] = {\n")
        for name, kind, begin, size, digest in rows:
            out.write(f'    {{ "{name}", "{kind}", "\\"{digest}\\"", page_bytes + {begin}, '
                      f"{size} }},\n")
        out.write("    { 0 },\n};\n")
    with open(depends, "w") as out:
        names = " ".join(p.replace(" ", "\\ ") for p in made_from)
        out.write(f"{os.path.basename(table)}: {names}\n")


if __name__ == "__main__":
    main(*sys.argv[1:5])
