/*
 * What stands in a file: a tree of texts, maps and lists, each with its place. Texts may
 * be passwords that somebody wrote in the wrong spot, so they are wiped.
 * Thread: the caller's. Errors: none.
 */
#pragma once
#include "fault.h"

enum node_kind {
    NODE_TEXT,
    NODE_MAP,
    NODE_LIST,
    NODE_REFUSED, /* a fault was told; readers pass over it in silence */
};

struct node {
    enum node_kind kind;
    bool quoted; /* '' is a text, nothing at all is not */
    bool cut;    /* the file broke inside: what is missing may stand below */
    int line, column;
    const struct source *source; /* lent */
    char *value;                 /* NODE_TEXT */
    struct node **items;         /* of a list; of a map key, value, key, value ... */
    size_t count;                /* of items */
};

struct node *node_new(enum node_kind kind, const struct source *source, int line, int column);
void node_free(struct node *node);
void node_append(struct node *to, struct node *item);

/* `key:` with nothing behind it, or ~ or null. */
bool node_is_empty(const struct node *node);

/* Of a map: the first with this key, or NULL; `key_node` may be NULL. */
const struct node *node_find(const struct node *map, const char *key,
                             const struct node **key_node);
