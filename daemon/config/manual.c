/* The reference page, from the tables. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "core/bytes.h"
#include "core/memory.h"
#include "schema.h"
#include "value.h"

enum { COLUMNS = 80, MARGIN = 2 };

/* What may be written where the row changes nothing of it. */
static const char *const plain_kinds[SETTING_TYPES] = {
    [SET_BOOL] = N_("on or off"),
    [SET_HOURS] = N_("from and to, `HH:MM-HH:MM`, also over midnight"),
    [SET_DAYS] = N_("days of the week: `mon-fri`, `sat,sun`"),
    [SET_HOOK_URL] = N_("address with https:// or http://"),
    [SET_ZONE] = N_("name of a time zone"),
    [SET_CAMERA_URL] = N_("address with rtsp:// or rtsps://"),
    [SET_WEB_URL] = N_("address with https:// or http://"),
    [SET_PHONE] = N_("phone number"),
    [SET_HOST] = N_("a name or an IP address"),
    [SET_EMAIL] = N_("an e-mail address"),
    [SET_TOPIC] = N_("words with / between, without + and #"),
    [SET_CONTACT] = N_("mailto: and an e-mail address, or an address with https://"),
    [SET_ADDRESSES] = N_("list of IP addresses"),
    [SET_FINGERPRINT] = N_("SHA-256 of the certificate, 64 hexadecimal digits"),
    [SET_PATH] = N_("path; a relative one begins at the file that names it"),
    [SET_FILE] = N_("path; a relative one begins at the file that names it"),
    [SET_HOLIDAYS] = N_("path; a relative one begins at the file that names it"),
    [SET_SECRET] = N_("`{file: PATH}` or `{credential: NAME}`"),
    [SET_AREA] = N_("identifier of an area"),
    [SET_AREAS] = N_("list of identifiers of areas"),
    [SET_CORNERS] = N_("3 to 32 corners"),
    [SET_SHARE] = N_("share of the picture, more than 0% and at most 100%"),
    [SET_NIGHT] = N_("from and to, each `HH:MM`, `sunset` or `sunrise`, with "
                     "minutes added as in `sunset+30`"),
    [SET_COORDINATES] = N_("latitude and longitude in degrees, north and east"),
};

/* What may be written, in a few words; the caller frees. */
static char *kind_of(const struct setting *row)
{
    struct bytes out = { 0 };
    char *least, *most;

    switch (row->type) {
    case SET_TEXT:
        bytes_format(&out, _("text, at most %d bytes"), (int)row->max);
        break;
    case SET_INT:
        bytes_format(&out, _("number, %d to %d"), (int)row->min, (int)row->max);
        break;
    case SET_DURATION:
        least = value_duration_text(row->min);
        most = value_duration_text(row->max);
        bytes_format(&out, _("duration, %s to %s"), least, most);
        free(least);
        free(most);
        break;
    case SET_AMOUNT:
        least = value_bytes_text(row->min);
        bytes_format(&out, _("share of the disk (at most 90%%) or size (at least %s)"),
                     least);
        free(least);
        break;
    case SET_WORD:
    case SET_CHOICE:
        for (int i = 0; row->words[i]; i++)
            bytes_format(&out, "%s`%s`", i > 0 ? ", " : "", row->words[i]);
        break;
    case SET_LISTEN:
        bytes_format(&out, _("list of IP address and port, at most %d"), (int)row->max);
        break;
    case SET_POLYGONS:
        bytes_format(&out, _("named polygons of 3 to 32 corners, at most %d"),
                     (int)row->max);
        break;
    case SET_VOLUMES:
        bytes_format(&out, _("named directories, at most %d"), (int)row->max);
        break;
    case SET_WEEK:
        bytes_format(&out, _("list of days and hours, `mon-fri HH:MM-HH:MM`, at most %d"),
                     (int)row->max);
        break;
    default:
        if (plain_kinds[row->type])
            bytes_text(&out, text(plain_kinds[row->type]));
        break;
    }
    return bytes_take(&out);
}

/* Adds the text in lines of at most COLUMNS, each begun with `margin` blanks; where it
 * stands already, `at` columns are taken. All letters here are one column wide. */
static void add_lines(struct bytes *out, int margin, int at, const char *text)
{
    for (const char *word = text; *word; word += strspn(word, " ")) {
        size_t size = strcspn(word, " ");
        int width = 0;
        for (size_t i = 0; i < size; i++)
            width += (word[i] & 0xc0) != 0x80;
        if (word > text && at + 1 + width > COLUMNS) {
            bytes_format(out, "\n%*s", margin, "");
            at = margin;
        } else if (word > text) {
            bytes_text(out, " ");
            at++;
        }
        bytes_add(out, word, size);
        at += width;
        word += size;
    }
}

/* One line of a setting. Two blanks before its end keep it a line in Markdown. */
static void add_line(struct bytes *out, char *text)
{
    bytes_format(out, "  \n%*s", MARGIN, "");
    add_lines(out, MARGIN, MARGIN, text);
    free(text);
}

static void add_row(struct bytes *out, const char *path, const struct setting *row)
{
    char *kind = kind_of(row);

    bytes_format(out, "\n- `%s`", path);
    if (row->required)
        bytes_format(out, " (%s)", _("required"));
    add_line(out, xformat("%s.", _(row->help)));
    add_line(out, xformat("%s: %s.", _("Value"), kind));
    if (row->fallback)
        add_line(out, row->variable ? xformat("%s: `$%s`, `%s`", _("Default"),
                                              row->variable, row->fallback)
                                    : xformat("%s: `%s`", _("Default"), row->fallback));
    bytes_format(out, "  \n%*s%s `%s: %s`\n", MARGIN, "", _("Example:"), row->key,
                 row->example);
    free(kind);
}

static void add_rows(struct bytes *out, const char *path, const struct setting *table)
{
    for (const struct setting *row = table; row->key; row++) {
        char *own = xformat("%s.%s", path, row->key);
        if (row->type == SET_GROUP)
            add_rows(out, own, row->of);
        else
            add_row(out, own, row);
        if ((row->type == SET_POLYGONS || row->type == SET_VOLUMES) && row->of) {
            char *each = xformat("%s.ID", own);
            add_rows(out, each, row->of);
            free(each);
        }
        free(own);
    }
}

char *settings_manual(void)
{
    struct bytes out = { 0 };

    bytes_text(&out, "# kengd.yaml\n\n");
    add_lines(
        &out, 0, 0,
        _("kengd reads /etc/kengd/kengd.yaml and, in the order of their names, the files "
          "/etc/kengd/conf.d/*.yaml. Areas, cameras, people and screens may be divided "
          "over files; every other section stands in one. `kengctl check` tells all "
          "faults with line and column and changes nothing; `kengctl reload` takes the "
          "files up. ID stands for an identifier: a-z, 0-9 and -, a letter first."));
    bytes_text(&out, "\n");
    for (const struct setting *row = settings_table; row->key; row++) {
        char *path = xformat(row->type == SET_MAP ? "%s.ID" : "%s", row->key);
        bytes_format(&out, "\n## %s\n\n%s.\n", row->key, _(row->help));
        add_rows(&out, path, row->of);
        free(path);
    }
    return bytes_take(&out);
}
