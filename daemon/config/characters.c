#include <string.h>

#include "characters.h"
#include "core/text.h"

/* A place in the text that moves on by whole characters. */
struct reading {
    const uint8_t *bytes;
    size_t size, at;
    int line, column;
    size_t line_start;
};

/* The character here and its length; length 0: it is not UTF-8. */
static unsigned character(const struct reading *r, size_t *length)
{
    const uint8_t *p = r->bytes + r->at;
    size_t want = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

    *length = 0;
    if (want > r->size - r->at || !text_is_utf8((const char *)p, want))
        return *p;
    *length = want;
    unsigned code = want == 1 ? *p : *p & (0x7fu >> want);
    for (size_t i = 1; i < want; i++)
        code = code << 6 | (p[i] & 0x3f);
    return code;
}

static bool is_break(unsigned code)
{
    return code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029;
}

static void step(struct reading *r, unsigned code, size_t length)
{
    r->at += length;
    r->column++;
    if (!is_break(code))
        return;
    if (code == '\r' && r->at < r->size && r->bytes[r->at] == '\n')
        r->at++;
    r->line++;
    r->column = 1;
    r->line_start = r->at;
}

/* YAML 1.1, section 4.1: c-printable. */
static bool is_allowed(unsigned code)
{
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0x7e) ||
           code == 0x85 || (code >= 0xa0 && code <= 0xd7ff) ||
           (code >= 0xe000 && code <= 0xfffd && code != 0xfeff) || code >= 0x10000;
}

/* A tab before the first word of a line; one in an empty line or before a remark is seen by
 * nobody. */
static bool tab_indents(const struct reading *r)
{
    const uint8_t *p = r->bytes + r->line_start, *end = r->bytes + r->size;

    for (const uint8_t *q = p; q < r->bytes + r->at; q++)
        if (*q != ' ' && *q != '\t')
            return false;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p < end && *p != '\n' && *p != '\r' && *p != '#';
}

struct mistake characters_check(const uint8_t *bytes, size_t size)
{
    struct reading r = { bytes, size, 0, 1, 1, 0 };

    while (r.at < r.size) {
        enum mistake_kind kind = MISTAKE_NONE;
        size_t length;
        unsigned code = character(&r, &length);
        if (length == 0)
            kind = MISTAKE_BYTES;
        else if (!is_allowed(code))
            kind = MISTAKE_CONTROL;
        else if (code == '\t' && tab_indents(&r))
            kind = MISTAKE_TAB;
        if (kind != MISTAKE_NONE)
            return (struct mistake){ kind, r.line, r.column, code, r.line_start };
        step(&r, code, length);
    }
    return (struct mistake){ 0 };
}

unsigned characters_at(const uint8_t *bytes, size_t size, int line, int column)
{
    struct reading r = { bytes, size, 0, 1, 1, 0 };

    while (r.at < r.size) {
        size_t length;
        unsigned code = character(&r, &length);
        if (r.line == line && r.column == column)
            return code;
        if (r.line > line || length == 0)
            return 0;
        step(&r, code, length);
    }
    return 0;
}

/* ---- quotes and brackets ------------------------------------------------------------ */

/* No deeper than files may be (tree.c), and some more. */
enum { OPEN_MAX = 64 };

struct look {
    struct mistake open[OPEN_MAX]; /* brackets not yet closed */
    size_t depth;
    size_t outer_indent; /* of the line on which the outermost was opened */
    struct mistake found;
};

/* Whether the quote at p closes before `end`; then *after is behind it. */
static bool quote_closes(const uint8_t *p, const uint8_t *end, const uint8_t **after)
{
    uint8_t quote = *p++;

    for (; p < end; p++) {
        if (quote == '"' && *p == '\\') {
            p++;
        } else if (*p == quote) {
            if (quote == '\'' && p + 1 < end && p[1] == '\'') {
                p++;
                continue;
            }
            *after = p + 1;
            return true;
        }
    }
    return false;
}

static int column_of(const uint8_t *line, const uint8_t *p)
{
    int column = 1;

    for (; line < p; line++)
        column += (*line & 0xc0) != 0x80;
    return column;
}

static void look_at_bracket(struct look *look, struct mistake here, size_t indent)
{
    unsigned c = here.character;

    if (c == '[' || c == '{') {
        if (look->depth == 0)
            look->outer_indent = indent;
        if (look->depth < OPEN_MAX)
            look->open[look->depth++] = here;
    } else if (look->depth > 0) {
        unsigned partner = c == ']' ? '[' : '{';
        if (look->open[look->depth - 1].character == partner)
            look->depth--;
        else
            look->found = look->open[look->depth - 1];
    }
}

/* `begins`: a value or key can begin here; only there a quote or bracket means something. */
static void look_at_line(struct look *look, const uint8_t *line, const uint8_t *end, int number)
{
    const uint8_t *p = line;
    bool begins = true;

    while (p < end && *p == ' ')
        p++;
    size_t indent = (size_t)(p - line);
    if (p == end || *p == '#')
        return;
    if (look->depth > 0 && indent <= look->outer_indent && *p != ']' && *p != '}') {
        look->found = look->open[look->depth - 1];
        return;
    }
    while (p < end && look->found.kind == MISTAKE_NONE) {
        struct mistake here = { MISTAKE_BRACKET, number, column_of(line, p), *p, 0 };
        bool ends_word = p + 1 == end || p[1] == ' ';
        if (*p == '#' && (p == line || p[-1] == ' '))
            return;
        if (begins && (*p == '"' || *p == '\'')) {
            if (!quote_closes(p, end, &p)) {
                here.kind = MISTAKE_QUOTE;
                look->found = here;
            }
            begins = false;
            continue;
        }
        bool opens = begins && (*p == '[' || *p == '{');
        if (opens || *p == ']' || *p == '}')
            look_at_bracket(look, here, indent);
        if (opens || (*p == ',' && look->depth > 0) || (strchr(":-?", *p) && ends_word))
            begins = true;
        else if (*p != ' ')
            begins = false;
        p++;
    }
}

struct mistake characters_find_unclosed(const uint8_t *bytes, size_t size)
{
    struct look look = { 0 };
    const uint8_t *line = bytes, *end = bytes + size;

    for (int number = 1; line < end && look.found.kind == MISTAKE_NONE; number++) {
        const uint8_t *stop = memchr(line, '\n', (size_t)(end - line));
        const uint8_t *next = stop ? stop + 1 : end;
        if (!stop)
            stop = end;
        if (stop > line && stop[-1] == '\r')
            stop--;
        look_at_line(&look, line, stop, number);
        line = next;
    }
    if (look.found.kind == MISTAKE_NONE && look.depth > 0)
        return look.open[look.depth - 1];
    return look.found;
}
