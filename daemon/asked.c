#include "asked.h"

#include "core/memory.h"

struct asked *asked_new(struct kengd *k, door_done_fn *done, void *done_arg)
{
    struct asked *asked = xmalloc(sizeof *asked);

    *asked = (struct asked){ .k = k, .done = done, .done_arg = done_arg };
    asked->language = text_use(LANGUAGE_EN);
    text_use(asked->language);
    return asked;
}

json_t *error_json(const char *code, const char *message)
{
    return json_pack("{s:{s:s, s:s}}", "error", "code", code, "message", message);
}
