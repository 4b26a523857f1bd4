#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "core/memory.h"

#define SOCKET_DEFAULT "/run/kengd/kengctl.sock"

enum { DAYS_MAX = 3650 };

enum operand { OPERAND_NONE, OPERAND_MAY, OPERAND_MUST, OPERAND_TWO, OPERAND_MANY, OPERAND_SPAN };

static const struct {
    const char *first, *second; /* second NULL: one word is enough */
    enum word word;
    enum operand operand;
} words[] = {
    { "status", NULL, WORD_STATUS, OPERAND_NONE },
    { "cameras", NULL, WORD_CAMERAS, OPERAND_MAY },
    { "camera", "learn", WORD_CAMERA_LEARN, OPERAND_MUST },
    { "check", NULL, WORD_CHECK, OPERAND_MAY },
    { "reload", NULL, WORD_RELOAD, OPERAND_NONE },
    { "token", "new", WORD_TOKEN_NEW, OPERAND_NONE },
    { "token", "list", WORD_TOKEN_LIST, OPERAND_NONE },
    { "token", "revoke", WORD_TOKEN_REVOKE, OPERAND_MUST },
    { "alert", "list", WORD_ALERT_LIST, OPERAND_NONE },
    { "alert", "test", WORD_ALERT_TEST, OPERAND_MUST },
    { "pair", NULL, WORD_PAIR, OPERAND_MUST },
    { "device", "list", WORD_DEVICE_LIST, OPERAND_NONE },
    { "device", "revoke", WORD_DEVICE_REVOKE, OPERAND_MUST },
    { "screen", "approve", WORD_SCREEN_APPROVE, OPERAND_TWO },
    { "camera", "probe", WORD_CAMERA_PROBE, OPERAND_MUST },
    { "camera", "discover", WORD_CAMERA_DISCOVER, OPERAND_MAY },
    { "motion", "replay", WORD_MOTION_REPLAY, OPERAND_MANY },
    { "export", "key", WORD_EXPORT_KEY, OPERAND_NONE },
    { "export", NULL, WORD_EXPORT, OPERAND_MUST },
    { "verify", NULL, WORD_VERIFY, OPERAND_MUST },
    { "rebuild", NULL, WORD_REBUILD, OPERAND_NONE },
    { "scrub", NULL, WORD_SCRUB, OPERAND_MAY },
    { "backup", NULL, WORD_BACKUP, OPERAND_MUST },
    { "restore", NULL, WORD_RESTORE, OPERAND_MUST },
    { "clock", "trust", WORD_CLOCK_TRUST, OPERAND_NONE },
    { "access", "verify", WORD_ACCESS_VERIFY, OPERAND_NONE },
    { "hold", "add", WORD_HOLD_ADD, OPERAND_SPAN },
    { "hold", "list", WORD_HOLD_LIST, OPERAND_NONE },
    { "hold", "release", WORD_HOLD_RELEASE, OPERAND_MUST },
    { "alert", "explain", WORD_ALERT_EXPLAIN, OPERAND_MAY },
};

enum kind { KIND_FLAG, KIND_TEXT, KIND_DAYS, KIND_PORT, KIND_WORD, KIND_LANGUAGE };

#define OF(word) (UINT64_C(1) << (word))
#define ANY      UINT64_MAX

static const struct option {
    const char *name;
    enum kind kind;
    size_t at;      /* in struct args */
    uint64_t words; /* that it goes with */
    enum word word; /* KIND_WORD: what it asks for */
} options[] = {
    { "--help", KIND_WORD, 0, ANY, WORD_HELP },
    { "-h", KIND_WORD, 0, ANY, WORD_HELP },
    { "--version", KIND_WORD, 0, ANY, WORD_VERSION },
    { "--lang", KIND_LANGUAGE, 0, ANY, 0 },
    { "--socket", KIND_TEXT, offsetof(struct args, socket), ANY, 0 },
    { "--json", KIND_FLAG, offsetof(struct args, json), ANY, 0 },
    { "--all", KIND_FLAG, offsetof(struct args, all),
      OF(WORD_TOKEN_LIST) | OF(WORD_ALERT_LIST), 0 },
    { "--person", KIND_TEXT, offsetof(struct args, person), OF(WORD_TOKEN_NEW), 0 },
    { "--screen", KIND_TEXT, offsetof(struct args, screen), OF(WORD_TOKEN_NEW), 0 },
    { "--role", KIND_TEXT, offsetof(struct args, role), OF(WORD_TOKEN_NEW), 0 },
    { "--area", KIND_TEXT, offsetof(struct args, area),
      OF(WORD_TOKEN_NEW) | OF(WORD_CAMERA_PROBE), 0 },
    { "--name", KIND_TEXT, offsetof(struct args, name),
      OF(WORD_TOKEN_NEW) | OF(WORD_CAMERA_PROBE), 0 },
    { "--user", KIND_TEXT, offsetof(struct args, user),
      OF(WORD_CAMERA_PROBE) | OF(WORD_CAMERA_DISCOVER), 0 },
    { "--id", KIND_TEXT, offsetof(struct args, id), OF(WORD_CAMERA_PROBE), 0 },
    { "--config", KIND_TEXT, offsetof(struct args, config),
      OF(WORD_CAMERA_PROBE) | OF(WORD_CAMERA_DISCOVER) | OF(WORD_MOTION_REPLAY) |
          OF(WORD_RESTORE), 0 },
    { "--onvif-port", KIND_PORT, offsetof(struct args, onvif_port), OF(WORD_CAMERA_PROBE), 0 },
    { "--camera", KIND_TEXT, offsetof(struct args, camera),
      OF(WORD_MOTION_REPLAY) | OF(WORD_ALERT_EXPLAIN), 0 },
    { "--sensitivity", KIND_TEXT, offsetof(struct args, sensitivity),
      OF(WORD_MOTION_REPLAY), 0 },
    { "--at", KIND_TEXT, offsetof(struct args, at),
      OF(WORD_MOTION_REPLAY) | OF(WORD_ALERT_EXPLAIN), 0 },
    { "--from", KIND_TEXT, offsetof(struct args, from), OF(WORD_EXPORT), 0 },
    { "--to", KIND_TEXT, offsetof(struct args, to), OF(WORD_EXPORT), 0 },
    { "--reason", KIND_TEXT, offsetof(struct args, reason),
      OF(WORD_EXPORT) | OF(WORD_HOLD_ADD), 0 },
    { "--until", KIND_TEXT, offsetof(struct args, until), OF(WORD_HOLD_ADD), 0 },
    { "--document", KIND_TEXT, offsetof(struct args, document), OF(WORD_EXPORT), 0 },
    { "--output", KIND_TEXT, offsetof(struct args, output), OF(WORD_EXPORT), 0 },
    { "--no-wait", KIND_FLAG, offsetof(struct args, no_wait), OF(WORD_REBUILD) | OF(WORD_SCRUB), 0 },
    { "--state", KIND_TEXT, offsetof(struct args, state), OF(WORD_RESTORE), 0 },
    { "--check", KIND_FLAG, offsetof(struct args, look), OF(WORD_RESTORE), 0 },
    { "--passphrase-file", KIND_TEXT, offsetof(struct args, passphrase_file),
      OF(WORD_BACKUP) | OF(WORD_RESTORE), 0 },
    { "--passphrase-fd", KIND_TEXT, offsetof(struct args, passphrase_fd),
      OF(WORD_BACKUP) | OF(WORD_RESTORE), 0 },
    { "--key", KIND_TEXT, offsetof(struct args, key), OF(WORD_VERIFY), 0 },
    { "--channel", KIND_TEXT, offsetof(struct args, channel), OF(WORD_ALERT_TEST), 0 },
    { "--severity", KIND_TEXT, offsetof(struct args, severity), OF(WORD_ALERT_EXPLAIN), 0 },
    { "--days", KIND_DAYS, offsetof(struct args, days), OF(WORD_TOKEN_NEW), 0 },
};

/* The row of "--name" or "--name=value"; *value is behind the '=', or NULL. */
static const struct option *find_option(const char *arg, const char **value)
{
    size_t length = strcspn(arg, "=");

    *value = arg[length] ? arg + length + 1 : NULL;
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (strlen(options[i].name) == length &&
            memcmp(options[i].name, arg, length) == 0)
            return &options[i];
    return NULL;
}

enum language args_language(int argc, char **argv)
{
    static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    const char *value;

    for (int i = 1; i < argc; i++) {
        const struct option *option = find_option(argv[i], &value);
        if (option && option->kind == KIND_LANGUAGE)
            return text_language_named(value ? value : argv[i + 1], LANGUAGE_VI);
    }
    for (size_t i = 0; i < COUNT_OF(variables); i++)
        if ((value = getenv(variables[i])) && *value)
            return text_language_named(value, LANGUAGE_VI);
    return LANGUAGE_VI;
}

static bool read_days(const char *value, int *days)
{
    char *end;
    long number = strtol(value, &end, 10);

    *days = (int)number;
    return *value >= '0' && *value <= '9' && !*end && number >= 1 && number <= DAYS_MAX;
}

static bool read_port(const char *value, int *port)
{
    char *end;
    long number = strtol(value, &end, 10);

    *port = (int)number;
    return *value >= '0' && *value <= '9' && !*end && number >= 1 && number <= 65535;
}

/* What is sent to kengd is JSON. */
static bool is_readable(const char *value, struct error *err)
{
    return text_is_utf8(value, strlen(value)) ||
           error_set(err, ERR_CONFIG, _("the command line is not UTF-8; see locale"));
}

/* Takes the option at argv[*i], and its value, which may be the next. */
static bool take_option(int argc, char **argv, int *i, struct args *to, uint64_t *wanted,
                        struct error *err)
{
    const char *value, *name = argv[*i];
    const struct option *option = find_option(name, &value);

    if (!option)
        return error_set(err, ERR_CONFIG, _("there is no option %s; see kengctl --help"),
                         name);
    *wanted &= option->words;
    void *member = (char *)to + option->at;
    if (option->kind == KIND_FLAG || option->kind == KIND_WORD) {
        if (value)
            return error_set(err, ERR_CONFIG, _("%s takes no value"), option->name);
        if (option->kind == KIND_FLAG)
            *(bool *)member = true;
        return true;
    }
    if (!value && *i + 1 < argc)
        value = argv[++*i];
    if (!value || !*value)
        return error_set(err, ERR_CONFIG, _("%s needs a value; see kengctl --help"),
                         option->name);
    if (option->kind == KIND_DAYS && !read_days(value, member))
        return error_set(err, ERR_CONFIG, _("--days: write a number from 1 to %d"),
                         DAYS_MAX);
    if (option->kind == KIND_PORT && !read_port(value, member))
        return error_set(err, ERR_CONFIG, _("%s: write a number from 1 to 65535"),
                         option->name);
    if (option->kind == KIND_LANGUAGE && strcmp(value, "vi") != 0 &&
        strcmp(value, "en") != 0)
        return error_set(err, ERR_CONFIG, _("--lang: write vi or en"));
    if (option->kind == KIND_TEXT)
        *(const char **)member = value;
    return is_readable(value, err);
}

/* CAMERA FROM TO. */
static bool take_span(const char *const *positions, int count, struct args *to,
                      struct error *err)
{
    if (count != 3 || !to->reason || !to->until)
        return error_set(err, ERR_CONFIG,
                         _("a hold needs CAMERA FROM TO --reason TEXT --until DATE; a time with "
                           "a space in it stands in quotes"));
    to->operand = positions[0];
    to->from = positions[1];
    to->to = positions[2];
    return true;
}

/* The word of the positions, and its operand. */
static bool find_word(const char *const *positions, int count, struct args *to,
                      struct error *err)
{
    const char *second = count > 1 ? positions[1] : "";

    if (count == 0)
        return error_set(err, ERR_CONFIG, _("say what to do; see kengctl --help"));
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(words[i].first, positions[0]) != 0 ||
            (words[i].second && strcmp(words[i].second, second) != 0))
            continue;
        int used = words[i].second ? 2 : 1;
        to->word = words[i].word;
        to->operand = count > used ? positions[used] : NULL;
        if (words[i].operand == OPERAND_SPAN)
            return take_span(positions + used, count - used, to, err);
        if (words[i].operand == OPERAND_MANY) {
            to->clips = positions + used;
            to->clip_count = count - used;
            return count > used ||
                   error_set(err, ERR_CONFIG, _("name the clips; see kengctl --help"));
        }
        int most = words[i].operand == OPERAND_NONE  ? 0
                   : words[i].operand == OPERAND_TWO ? 2
                                                     : 1;
        to->second = most == 2 && count > used + 1 ? positions[used + 1] : NULL;
        if (count > used + most)
            return error_set(err, ERR_CONFIG,
                             _("'%s' is one word too many; see kengctl --help"),
                             positions[count - 1]);
        if (to->word == WORD_CAMERA_PROBE && !to->operand)
            return error_set(err, ERR_CONFIG,
                             _("say the camera's address; see kengctl --help"));
        if (to->word == WORD_SCREEN_APPROVE && !to->second)
            return error_set(err, ERR_CONFIG,
                             _("write the code that the screen shows, and which screen it is: "
                               "kengctl screen approve CODE SCREEN"));
        if (to->word == WORD_PAIR && !to->operand)
            return error_set(err, ERR_CONFIG,
                             _("say whose phone: kengctl pair PERSON, as in the configuration"));
        if (words[i].operand == OPERAND_MUST && !to->operand)
            return error_set(err, ERR_CONFIG,
                             _("'%s%s%s' needs an identifier or a path; see kengctl --help"),
                             words[i].first, words[i].second ? " " : "",
                             words[i].second ? words[i].second : "");
        return true;
    }
    return error_set(err, ERR_CONFIG, _("'%s%s%s' is not known; see kengctl --help"),
                     positions[0], *second ? " " : "", second);
}

static bool check_holder(const struct args *args, struct error *err)
{
    int holders = (args->person != NULL) + (args->screen != NULL) + (args->role != NULL);

    if (holders != 1)
        return error_set(err, ERR_CONFIG,
                         _("say for whom: --person ID, --screen ID, or --role "
                           "ROLE --area ID"));
    if (args->area && !args->role)
        return error_set(err, ERR_CONFIG,
                         _("--area goes with --role: a person and a screen have "
                           "their areas in the configuration"));
    if (args->role && !args->area && strcmp(args->role, "admin") != 0)
        return error_set(err, ERR_CONFIG, _("--role %s needs --area ID"), args->role);
    return true;
}

/* --help and --version go before everything that is wrong. */
static bool asks_for_word(int argc, char **argv, struct args *to)
{
    const char *value;

    for (int i = 1; i < argc; i++) {
        const struct option *option = find_option(argv[i], &value);
        if (!option || option->kind != KIND_WORD)
            continue;
        to->word = option->word;
        return true;
    }
    return false;
}

bool args_read(int argc, char **argv, struct args *to, struct error *err)
{
    const char **positions = (const char **)argv; /* what is read already makes room */
    const char *socket = getenv("KENGD_SOCKET");
    uint64_t wanted = ANY;
    int count = 0;
    bool ended = false;

    *to = (struct args){ .socket = socket && *socket ? socket : SOCKET_DEFAULT };
    if (asks_for_word(argc, argv, to))
        return true;
    for (int i = 1; i < argc; i++) {
        if (!ended && strcmp(argv[i], "--") == 0) {
            ended = true;
        } else if (!ended && argv[i][0] == '-' && argv[i][1]) {
            if (!take_option(argc, argv, &i, to, &wanted, err))
                return false;
        } else if (!is_readable(argv[i], err)) {
            return false;
        } else {
            positions[count++] = argv[i];
        }
    }
    if (!find_word(positions, count, to, err))
        return false;
    if (!(wanted & OF(to->word)))
        return error_set(err, ERR_CONFIG,
                         _("an option does not go with '%s'; see kengctl --help"),
                         positions[0]);
    if (to->id && (strspn(to->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(to->id) ||
                   strlen(to->id) >= 48 || to->id[0] < 'a'))
        return error_set(err, ERR_CONFIG,
                         _("--id: a letter, then letters a-z, digits and -"));
    if (to->word == WORD_ALERT_EXPLAIN && !to->operand == !to->camera)
        return error_set(err, ERR_CONFIG,
                         _("say one alert, or --camera ID: kengctl alert explain ID"));
    if (to->word == WORD_EXPORT && !(to->from && to->to && to->reason && to->document))
        return error_set(err, ERR_CONFIG,
                         _("an export needs --from TIME, --to TIME, --reason TEXT and "
                           "--document NUMBER"));
    return to->word != WORD_TOKEN_NEW || check_holder(to, err);
}
