#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "characters.h"
#include "core/memory.h"
#include "tree.h"

struct builder {
    struct source *source;
    struct fault_list *faults;
    const uint8_t *bytes;
    size_t size;
    struct node *root;
    struct node *open[DEPTH_MAX]; /* maps and lists that have not ended */
    size_t depth;
    size_t nodes;
    const struct node *torn; /* a text over several lines, not told yet */
    bool failed;
};

static void tell_mistake(struct builder *b, const struct mistake *m)
{
    struct source *s = b->source;

    b->failed = true;
    switch (m->kind) {
    case MISTAKE_BYTES:
        fault_add_syntax(b->faults, s, m->line, m->column,
                         _("the byte 0x%02X is not UTF-8; save the file as UTF-8"),
                         m->character);
        break;
    case MISTAKE_CONTROL:
        fault_add_syntax(b->faults, s, m->line, m->column,
                         _("an invisible character (U+%04X) stands here; delete it"),
                         m->character);
        break;
    case MISTAKE_TAB:
        fault_add_syntax(b->faults, s, m->line, m->column,
                         _("a tab stands here; indent with spaces, two for each level"));
        break;
    case MISTAKE_QUOTE:
        fault_add_syntax(b->faults, s, m->line, m->column,
                         _("the quote that opens here is not closed; write %c at the end of "
                           "the text, on the same line"),
                         (int)m->character);
        break;
    case MISTAKE_BRACKET:
        fault_add_syntax(b->faults, s, m->line, m->column,
                         _("the bracket %c that opens here is not closed; write %c where the "
                           "list ends"),
                         (int)m->character, m->character == '[' ? ']' : '}');
        break;
    case MISTAKE_NONE:
        break;
    }
}

/* What libyaml says, and what it means for somebody who edits a file. */
static const struct {
    const char *problem, *sentence;
} meanings[] = {
    { "mapping values are not allowed in this context",
      N_("this ':' cannot stand here; either the line is indented too far, or the text wants "
         "quotes: 'a: b'") },
    { "did not find expected key",
      N_("a key was expected; indent the line like its neighbours, and put a text with ': ', "
         "'#' or quotes in it into quotes") },
    { "did not find expected '-' indicator",
      N_("a '-' was expected; indent every line of the list alike") },
    { "block sequence entries are not allowed in this context",
      N_("a list cannot begin here; write '- ' on lines of their own, or [a, b]") },
    { "did not find expected ',' or ']'",
      N_("a ',' or ']' is missing before this") },
    { "did not find expected ',' or '}'",
      N_("a ',' or '}' is missing before this") },
    { "found unknown escape character",
      N_("this '\\' means nothing; write the text in single quotes: 'a\\b'") },
    { "found character that cannot start any token",
      N_("a text cannot begin with this character; put it into quotes") },
    { "did not find expected node content",
      N_("a value was expected here; put a text with brackets or ':' in it into quotes") },
    { "did not find expected alphabetic or numeric character",
      N_("a text that begins with & or * wants quotes") },
    { "did not find expected <document start>",
      N_("this does not belong to what stands above; take out the line with '...'") },
};

static void tell_colon(struct builder *b, int line, int column)
{
    b->failed = true;
    fault_add_syntax(b->faults, b->source, line, column,
                     _("the ':' is missing; write 'key: value', with a space behind the ':'"));
}

static void tell_problem(struct builder *b, const yaml_parser_t *parser)
{
    int line = (int)parser->problem_mark.line + 1;
    int column = (int)parser->problem_mark.column + 1;
    const char *problem = parser->problem ? parser->problem : "";
    struct mistake m = characters_find_unclosed(b->bytes, b->size);

    if (m.kind != MISTAKE_NONE && m.line <= line) {
        tell_mistake(b, &m);
        return;
    }
    if (characters_at(b->bytes, b->size, line, column) == '\t') {
        tell_mistake(b, &(struct mistake){ MISTAKE_TAB, line, column, '\t', 0 });
        return;
    }
    b->torn = NULL; /* it is one, because of this */
    if (strcmp(problem, "could not find expected ':'") == 0) {
        tell_colon(b, (int)parser->context_mark.line + 1, (int)parser->context_mark.column + 1);
        return;
    }
    b->failed = true;
    for (size_t i = 0; i < COUNT_OF(meanings); i++) {
        if (strcmp(problem, meanings[i].problem) != 0)
            continue;
        fault_add_syntax(b->faults, b->source, line, column, "%s", _(meanings[i].sentence));
        return;
    }
    fault_add_syntax(b->faults, b->source, line, column,
                     _("this is not YAML (%s); compare it with the lines around"), problem);
}

/* ---- events ------------------------------------------------------------------------- */

static void attach(struct builder *b, struct node *node)
{
    struct node *top = b->depth > 0 ? b->open[b->depth - 1] : NULL;

    if (!top) {
        b->root = node;
        return;
    }
    if (top->kind == NODE_MAP && top->count % 2 == 0 && node->kind != NODE_TEXT &&
        node->kind != NODE_REFUSED) {
        fault_add(b->faults, b->source, node->line, node->column, xstrdup(""),
                  _("a key must be one word; write 'key: value'"));
    }
    node_append(top, node);
}

static void refuse_sharing(struct builder *b, const yaml_char_t *anchor, const yaml_char_t *tag,
                           const yaml_mark_t *at)
{
    int line = (int)at->line + 1, column = (int)at->column + 1;

    if (anchor)
        fault_add(b->faults, b->source, line, column, xstrdup(""),
                  _("the anchor &%.40s is not supported; write the values out where they are "
                    "needed, or put a text that begins with & into quotes"),
                  (const char *)anchor);
    if (tag)
        fault_add(b->faults, b->source, line, column, xstrdup(""),
                  _("the tag %.40s is not supported; take it out, or put a text that begins "
                    "with ! into quotes"),
                  (const char *)tag);
}

static bool has_control(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
            return true;
    return false;
}

/* A text on several lines that stands below its key, or where a key should: lines of 'key
 * value' that have no ':'. */
static bool begins_own_line(const struct builder *b, const struct node *node)
{
    const struct node *top = b->depth > 0 ? b->open[b->depth - 1] : NULL;

    if (!top || top->kind != NODE_MAP || top->count % 2 == 0)
        return !top || top->kind == NODE_MAP;
    return top->items[top->count - 1]->line < node->line;
}

static void tell_torn(struct builder *b)
{
    if (b->torn)
        fault_add(b->faults, b->source, b->torn->line, b->torn->column, xstrdup(""),
                  _("this text holds a line break or an invisible character; write it on one "
                    "line"));
    b->torn = NULL;
}

static void on_scalar(struct builder *b, const yaml_event_t *event)
{
    int line = (int)event->start_mark.line + 1, column = (int)event->start_mark.column + 1;
    yaml_scalar_style_t style = event->data.scalar.style;
    const char *value = (const char *)event->data.scalar.value;
    bool quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                  style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    bool one_line = event->start_mark.line == event->end_mark.line;

    refuse_sharing(b, event->data.scalar.anchor, event->data.scalar.tag, &event->start_mark);
    if (quoted && !one_line) {
        unsigned quote = style == YAML_SINGLE_QUOTED_SCALAR_STYLE ? '\'' : '"';
        tell_mistake(b, &(struct mistake){ MISTAKE_QUOTE, line, column, quote, 0 });
        return;
    }
    struct node *node = node_new(NODE_TEXT, b->source, line, column);
    node->quoted = quoted;
    node->value = xstrdup(value);
    if ((!quoted && !one_line && *value) || has_control(value, event->data.scalar.length)) {
        if (style == YAML_PLAIN_SCALAR_STYLE && begins_own_line(b, node)) {
            tell_colon(b, line, column);
            node_free(node);
            return;
        }
        node->kind = NODE_REFUSED;
        b->torn = node;
    }
    attach(b, node);
}

static void on_open(struct builder *b, const yaml_event_t *event, enum node_kind kind)
{
    int line = (int)event->start_mark.line + 1, column = (int)event->start_mark.column + 1;
    bool map = kind == NODE_MAP;

    refuse_sharing(b, map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                   map ? event->data.mapping_start.tag : event->data.sequence_start.tag,
                   &event->start_mark);
    if (b->depth == DEPTH_MAX) {
        b->failed = true;
        fault_add_syntax(b->faults, b->source, line, column,
                         _("this lies more than %d levels deep; no setting does"), DEPTH_MAX);
        return;
    }
    struct node *node = node_new(kind, b->source, line, column);
    attach(b, node);
    b->open[b->depth++] = node;
}

static void on_alias(struct builder *b, const yaml_event_t *event)
{
    int line = (int)event->start_mark.line + 1, column = (int)event->start_mark.column + 1;

    fault_add(b->faults, b->source, line, column, xstrdup(""),
              _("the alias *%.40s is not supported; write the values out, or put a text that "
                "begins with * into quotes"),
              (const char *)event->data.alias.anchor);
    attach(b, node_new(NODE_REFUSED, b->source, line, column));
}

static void on_event(struct builder *b, const yaml_event_t *event, int *documents)
{
    int line = (int)event->start_mark.line + 1, column = (int)event->start_mark.column + 1;

    if (++b->nodes > NODES_MAX) {
        b->failed = true;
        fault_add_syntax(b->faults, b->source, line, column,
                         _("the file has more than %d entries; no site has so many"),
                         NODES_MAX);
        return;
    }
    tell_torn(b);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++*documents == 1)
            break;
        b->failed = true;
        fault_add_syntax(b->faults, b->source, line, column,
                         _("a second document begins here; take out the '---', or put this "
                           "part into a file of its own in conf.d"));
        break;
    case YAML_SCALAR_EVENT:
        on_scalar(b, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        on_open(b, event, NODE_LIST);
        break;
    case YAML_MAPPING_START_EVENT:
        on_open(b, event, NODE_MAP);
        break;
    case YAML_ALIAS_EVENT:
        on_alias(b, event);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        break;
    default:
        break;
    }
}

static void read_events(struct builder *b)
{
    yaml_parser_t parser;
    yaml_event_t event;
    int documents = 0;
    bool ended = false;

    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, b->bytes, b->size);
    while (!ended && !b->failed) {
        if (!yaml_parser_parse(&parser, &event)) {
            if (parser.error == YAML_MEMORY_ERROR)
                abort();
            tell_problem(b, &parser);
            break;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        on_event(b, &event, &documents);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

/* What stands last may go on in the part that was not read. */
static void mark_cut(struct node *node)
{
    while (node && (node->kind == NODE_MAP || node->kind == NODE_LIST)) {
        node->cut = true;
        node = node->count > 0 ? node->items[node->count - 1] : NULL;
    }
    if (node && node->kind == NODE_TEXT && node_is_empty(node))
        node->kind = NODE_REFUSED;
}

struct node *tree_read(struct source *source, const uint8_t *bytes, size_t size,
                       struct fault_list *faults)
{
    struct builder b = { .source = source, .faults = faults };

    if (size > FILE_BYTES_MAX) {
        fault_add_syntax(faults, source, 0, 0,
                         _("the file is larger than 1 MiB; divide it over files in conf.d"));
        return NULL;
    }
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) { /* as Windows editors begin */
        bytes += 3;
        size -= 3;
    }
    struct mistake m = characters_check(bytes, size);
    b.bytes = bytes;
    b.size = m.kind == MISTAKE_NONE ? size : m.line_start;
    if (m.kind != MISTAKE_NONE) {
        tell_mistake(&b, &m);
        b.failed = false; /* what stands above it can be judged */
    }
    read_events(&b);
    if (source->broken_line != INT_MAX)
        mark_cut(b.root);
    return b.root;
}
