#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "show_parts.h"

const char *text_of(const json_t *object, const char *key)
{
    const char *found = json_string_value(json_object_get(object, key));

    return found ? found : "";
}

int64_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

void add_own(struct table *table, char *cell)
{
    table_add(table, cell);
    free(cell);
}

const char *meaning_of(const struct meaning *meanings, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(meanings[i].word, word) == 0)
            return _(meanings[i].means);
    return word;
}
