/* Addresses: of cameras, pages, people and other machines. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "reader.h"
#include "value.h"

/* Never shows the address: there may be a password in it. */
static const char *url_sentence(enum url_fault fault)
{
    switch (fault) {
    case URL_LOGIN:
        return N_(
            "the address holds a user or password; take 'user:password@' out of it and "
            "write the keys user and password");
    case URL_HOST:
        return N_(
            "the address has no proper host; behind '//' write a name or an IP address, "
            "for example 192.168.1.20");
    case URL_PORT:
        return N_(
            "the port behind the host is no number from 1 to 65535; mend it or leave it "
            "out");
    case URL_BLANK:
        return N_(
            "the address holds a space or an invisible character; take it out, or write "
            "%20 for a space");
    case URL_FRAGMENT:
        return N_(
            "the address holds a '#', and nothing behind it is ever sent; take it out, or "
            "write %23 if the device has it in a name");
    case URL_SCHEME:
    case URL_WELL:
        break;
    }
    return "";
}

void read_camera_url(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    static const char *const schemes[] = { "rtsp://", "rtsps://", NULL };
    const struct node *node = spot->value;

    if (!spot_wants_text(r, spot, node))
        return;
    enum url_fault fault = value_url(node->value, schemes);
    if (fault == URL_SCHEME)
        spot_fault(r, spot, node,
                   _("the address of a camera begins with rtsp:// or rtsps://; write for "
                     "example '%s: %s'"),
                   spot->row->key, spot->row->example);
    else if (fault != URL_WELL)
        spot_fault(r, spot, node, "%s", _(url_sentence(fault)));
    else if (strlen(node->value) > (size_t)spot->row->max)
        spot_fault(r, spot, node, _("this is longer than %d bytes; shorten it"),
                   (int)spot->row->max);
    else
        *(char **)to = xstrdup(node->value);
}

void read_web_url(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    static const char *const schemes[] = { "https://", "http://", NULL };
    const struct node *node = spot->value;

    if (!spot_wants_text(r, spot, node))
        return;
    enum url_fault fault = value_url(node->value, schemes);
    if (fault == URL_SCHEME) {
        spot_fault(
            r, spot, node,
            _("the address of the pages begins with https:// or http://; write for "
              "example '%s: %s'"),
            spot->row->key, spot->row->example);
    } else if (fault != URL_WELL) {
        spot_fault(r, spot, node, "%s", _(url_sentence(fault)));
    } else {
        size_t length = strlen(node->value);
        const char *host = strstr(node->value, "://") + 3;
        if (host[strcspn(host, "/?")] == '/' && node->value[length - 1] == '/')
            length--;
        if (strcspn(host, "/?") != length - (size_t)(host - node->value))
            spot_fault(
                r, spot, node,
                _("the pages have no path of their own; write only scheme, host and "
                  "port, for example '%s: %s'"),
                spot->row->key, spot->row->example);
        else
            *(char **)to = xstrndup(node->value, length);
    }
}

void read_phone(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    char shown[SHOWN_MAX], digits[PHONE_MAX];

    if (!spot_wants_text(r, spot, spot->value))
        return;
    if (value_phone(spot->value->value, digits))
        *(char **)to = xstrdup(digits);
    else
        spot_fault(r, spot, spot->value,
                   _("%s is no phone number; write for example '0912 345 678' or "
                     "'+84 912 345 678'"),
                   spot_shown(spot, spot->value, shown));
}

void read_fingerprint(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    char shown[SHOWN_MAX], digits[FINGERPRINT_MAX];

    if (!spot_wants_text(r, spot, spot->value))
        return;
    if (value_fingerprint(spot->value->value, digits))
        *(char **)to = xstrdup(digits);
    else
        spot_fault(r, spot, spot->value,
                   _("%s is no SHA-256 fingerprint; write the 64 hexadecimal digits that "
                     "kengctl cameras shows, in quotes"),
                   spot_shown(spot, spot->value, shown));
}

/* Texts of a form that is looked at whole. */
static const struct {
    bool (*fits)(const char *from);
    const char *what; /* to write */
} forms[SETTING_TYPES] = {
    [SET_HOST] = { value_host, N_("a name or an IP address") },
    [SET_EMAIL] = { value_email, N_("an e-mail address") },
    [SET_TOPIC] = { value_topic, N_("words with / between, without + and #") },
    [SET_CONTACT] = { value_contact,
                      N_("mailto: and an e-mail address, or an address with https://") },
};

void read_form(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct setting *row = spot->row;
    const struct node *node = spot->value;
    char shown[SHOWN_MAX];

    if (!spot_wants_text(r, spot, node))
        return;
    if (!*node->value || strlen(node->value) > (size_t)row->max ||
        forms[row->type].fits(node->value))
        read_text(r, spot, to, count);
    else
        spot_fault(r, spot, node,
                   _("%s cannot stand here; write %s, for example '%s: %s'"),
                   spot_shown(spot, node, shown), _(forms[row->type].what), row->key,
                   row->example);
}

static bool read_one_address(struct reader *r, const struct spot *item)
{
    char shown[SHOWN_MAX];

    if (!spot_wants_text(r, item, item->value))
        return false;
    if (!value_address(item->value->value))
        spot_fault(
            r, item, item->value, _("%s is no IP address; write for example '%s: %s'"),
            spot_shown(item, item->value, shown), item->row->key, item->row->example);
    return value_address(item->value->value);
}

void read_addresses(struct reader *r, const struct spot *spot, void *to, size_t *count)
{
    const struct node *const *items;
    size_t n = items_of(&spot->value, &items);

    if (!spot_count_fits(r, spot, n))
        return;
    char **list = xcalloc(n, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        struct spot item = item_spot(spot, items[i], i);
        if (read_one_address(r, &item))
            list[(*count)++] = xstrdup(items[i]->value);
    }
    *(char ***)to = list;
}
