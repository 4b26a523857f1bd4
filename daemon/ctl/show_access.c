/* Who may come in: tokens, phones, screens. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "figures.h"
#include "show.h"
#include "show_parts.h"
#include "table.h"
#include "terminal.h"

void show_new_token(const json_t *answer, FILE *to)
{
    fprintf(to, _("Token %s. It is shown only now; whoever has it comes in.\n"),
            text_of(answer, "id"));
    fprintf(to, "%s\n%s\n", text_of(answer, "token"), text_of(answer, "url"));
}

static const char *role_name(const char *word)
{
    static const struct meaning roles[] = {
        { "official", N_("official") },
        { "staff", N_("staff") },
        { "admin", N_("admin") },
        { "screen", N_("screen") },
    };

    return meaning_of(roles, COUNT_OF(roles), word);
}

static void note_token(struct table *table, const json_t *token)
{
    const char *parent = text_of(token, "session_of");
    char *revoked = figure_time(text_of(token, "revoked"));
    char *session = xformat(_("session of token %s"), parent);
    char *ended = xformat(_("revoked %s"), revoked);

    table_note(table, *revoked ? ended : *parent ? session : "");
    free(revoked);
    free(session);
    free(ended);
}

void show_tokens(const json_t *answer, bool all, FILE *to)
{
    const char *const heads[] = { _("Token"),   _("Name"),      _("Who"),     _("Area"),
                                  _("Created"), _("Last used"), _("Expires"), NULL };
    struct table *table = table_new(heads);
    json_t *token;
    size_t i;

    json_array_foreach(json_object_get(answer, "tokens"), i, token)
    {
        const char *person = text_of(token, "person");
        if (!all && *text_of(token, "revoked"))
            continue;
        table_add(table, text_of(token, "id"));
        table_add(table, text_of(token, "name"));
        table_add(table, *person ? person : role_name(text_of(token, "role")));
        table_add(table, text_of(token, "area"));
        add_own(table, figure_time(text_of(token, "created")));
        add_own(table, figure_time(text_of(token, "last")));
        add_own(table, figure_time(text_of(token, "expires")));
        note_token(table, token);
    }
    table_print(table, to);
    table_free(table);
}

void show_pairing(const json_t *answer, FILE *to)
{
    char *expires = figure_time(text_of(answer, "expires"));

    terminal_qr(text_of(answer, "url"), to);
    fprintf(to, _("For the phone of %s, once, until %s:\n%s\n"), text_of(answer, "name"),
            expires, text_of(answer, "url"));
    if (json_is_false(json_object_get(answer, "public")))
        fputs(
            _("No web.public_url is set: the phone reaches kengd only within this network. "
              "See docs/phones.md.\n"),
            to);
    free(expires);
}

static const char *push_name(const char *word)
{
    static const struct meaning states[] = {
        { "none", N_("not turned on") },
        { "works", N_("is called") },
        { "stale", N_("must be turned on again") },
        { "gone", N_("must be turned on again") },
    };

    return meaning_of(states, COUNT_OF(states), word);
}

void show_devices(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Device"), _("Name"),      _("Whose"),
                                  _("Paired"), _("Last used"), _("Notifications"),
                                  NULL };
    struct table *table = table_new(heads);
    json_t *device;
    size_t i;

    json_array_foreach(json_object_get(answer, "devices"), i, device)
    {
        bool is_phone = strcmp(text_of(device, "kind"), "phone") == 0;
        const char *push = text_of(json_object_get(device, "push"), "state");
        table_add(table, text_of(device, "id"));
        table_add(table, text_of(device, "name"));
        table_add(table, text_of(device, is_phone ? "person" : "screen"));
        add_own(table, figure_time(text_of(device, "paired")));
        add_own(table, figure_time(text_of(device, "seen")));
        table_add(table, is_phone ? push_name(push) : "");
    }
    table_print(table, to);
    table_free(table);
}
