#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/secret.h"
#include "node.h"

struct node *node_new(enum node_kind kind, const struct source *source, int line, int column)
{
    struct node *node = xcalloc(1, sizeof *node);

    *node = (struct node){ .kind = kind, .source = source, .line = line, .column = column };
    return node;
}

void node_free(struct node *node)
{
    if (!node)
        return;
    for (size_t i = 0; i < node->count; i++)
        node_free(node->items[i]);
    free(node->items);
    secret_free_text(node->value);
    free(node);
}

void node_append(struct node *to, struct node *item)
{
    /* Room doubles: it is full whenever the count is a power of two. */
    if ((to->count & (to->count - 1)) == 0)
        to->items = xrealloc(to->items, (to->count ? 2 * to->count : 1) * sizeof *to->items);
    to->items[to->count++] = item;
}

bool node_is_empty(const struct node *node)
{
    return node->kind == NODE_TEXT && !node->quoted &&
           (!*node->value || strcmp(node->value, "~") == 0 ||
            strcmp(node->value, "null") == 0);
}

const struct node *node_find(const struct node *map, const char *key,
                             const struct node **key_node)
{
    if (!map || map->kind != NODE_MAP)
        return NULL;
    for (size_t i = 0; i + 1 < map->count; i += 2) {
        const struct node *found = map->items[i];
        if (found->kind != NODE_TEXT || strcmp(found->value, key) != 0)
            continue;
        if (key_node)
            *key_node = found;
        return map->items[i + 1];
    }
    return NULL;
}
