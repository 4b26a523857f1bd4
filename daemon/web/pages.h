/*
 * The pages in the program, as embed.py put them there.
 * Thread: any; constant.
 */
#pragma once
#include <stddef.h>

struct page_file {
    const char *name; /* "screen.html", "css/kengd.css"; NULL ends the table */
    const char *type;
    const char *etag; /* with its quotes */
    const unsigned char *bytes;
    size_t size;
};
extern const struct page_file page_files[];
