/* What may be said to kengctl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "ctl/args.h"

enum { MOST = 16 };

/* Splits at spaces. */
static int split(char *line, char **argv)
{
    int argc = 0;

    argv[argc++] = (char *)"kengctl";
    for (char *word = strtok(line, " "); word && argc < MOST; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return argc;
}

static struct args read_well(char *line)
{
    char *argv[MOST + 1];
    struct error err = { 0 };
    struct args args;
    int argc = split(line, argv);

    if (!args_read(argc, argv, &args, &err))
        fail_msg("%s", err.text);
    return args;
}

static void every_word_is_understood(void **state)
{
    static const struct {
        const char *line;
        enum word word;
        const char *operand;
    } rows[] = {
        { "status", WORD_STATUS, NULL },
        { "cameras", WORD_CAMERAS, NULL },
        { "cameras cong-lang", WORD_CAMERAS, "cong-lang" },
        { "camera learn cong-lang", WORD_CAMERA_LEARN, "cong-lang" },
        { "check", WORD_CHECK, NULL },
        { "check a.yaml", WORD_CHECK, "a.yaml" },
        { "reload", WORD_RELOAD, NULL },
        { "token new --person p", WORD_TOKEN_NEW, NULL },
        { "token list", WORD_TOKEN_LIST, NULL },
        { "token revoke 12", WORD_TOKEN_REVOKE, "12" },
        { "alert list --all", WORD_ALERT_LIST, NULL },
        { "alert test thon-dong", WORD_ALERT_TEST, "thon-dong" },
        { "camera probe 192.168.1.20 --user xem --onvif-port 8899 --id cong-lang",
          WORD_CAMERA_PROBE, "192.168.1.20" },
        { "pair truong-dong", WORD_PAIR, "truong-dong" },
        { "device list", WORD_DEVICE_LIST, NULL },
        { "device revoke 3", WORD_DEVICE_REVOKE, "3" },
        { "screen approve 482913 nvh-dong", WORD_SCREEN_APPROVE, "482913" },
        { "camera discover", WORD_CAMERA_DISCOVER, NULL },
        { "camera discover 192.168.1.20", WORD_CAMERA_DISCOVER, "192.168.1.20" },
        { "export a,b --from x --to y --reason r --document d", WORD_EXPORT, "a,b" },
        { "export key", WORD_EXPORT_KEY, NULL },
        { "verify a.zip --key 00", WORD_VERIFY, "a.zip" },
        { "clock trust", WORD_CLOCK_TRUST, NULL },
        { "rebuild", WORD_REBUILD, NULL },
        { "hold add gate 2026-11-21 2026-11-22 --reason r --until 2027-01-01", WORD_HOLD_ADD,
          "gate" },
        { "hold list", WORD_HOLD_LIST, NULL },
        { "hold release 01J", WORD_HOLD_RELEASE, "01J" },
        { "--help", WORD_HELP, NULL },
        { "frob --nothing -h", WORD_HELP, NULL },
        { "--version", WORD_VERSION, NULL },
        { "-- status", WORD_STATUS, NULL },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *line = xstrdup(rows[i].line);
        struct args args = read_well(line);
        assert_int_equal(args.word, rows[i].word);
        if (rows[i].operand)
            assert_string_equal(args.operand, rows[i].operand);
        else
            assert_null(args.operand);
        free(line);
    }
}

static void options_stand_anywhere_with_or_without_an_equals_sign(void **state)
{
    char line[] =
        "--json token --role=staff new --area dong-xanh --days=30 --name X --socket s";
    struct args args = read_well(line);

    assert_int_equal(args.word, WORD_TOKEN_NEW);
    assert_true(args.json);
    assert_string_equal(args.role, "staff");
    assert_string_equal(args.area, "dong-xanh");
    assert_string_equal(args.name, "X");
    assert_string_equal(args.socket, "s");
    assert_int_equal(args.days, 30);
    assert_null(args.person);
}

static void the_socket_is_said_or_in_the_environment_or_at_its_place(void **state)
{
    char plain[] = "status", again[] = "status", said[] = "status --socket /s";

    unsetenv("KENGD_SOCKET");
    assert_string_equal(read_well(plain).socket, "/run/kengd/kengctl.sock");
    setenv("KENGD_SOCKET", "/e", 1);
    assert_string_equal(read_well(again).socket, "/e");
    assert_string_equal(read_well(said).socket, "/s");
    unsetenv("KENGD_SOCKET");
}

static void a_wrong_command_line_is_told(void **state)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        { "", "say what to do" },
        { "frob", "'frob' is not known" },
        { "token", "'token' is not known" },
        { "token frob", "'token frob' is not known" },
        { "status now", "'now' is one word too many" },
        { "alert test a b", "'b' is one word too many" },
        { "a b c d e f", "not known" },
        { "alert test", "'alert test' needs an identifier" },
        { "alert explain", "say one alert, or --camera ID" },
        { "alert explain 01A --camera a", "say one alert, or --camera ID" },
        { "pair", "say whose phone" },
        { "device revoke", "'device revoke' needs an identifier" },
        { "screen approve 482913", "write the code that the screen shows, and which screen" },
        { "screen approve 482913 a b", "'b' is one word too many" },
        { "camera probe", "say the camera's address" },
        { "camera probe x --onvif-port 70000", "write a number from 1 to 65535" },
        { "camera probe x --id Cong", "--id: a letter" },
        { "camera discover --id x", "does not go with" },
        { "token revoke", "'token revoke' needs an identifier" },
        { "verify", "'verify' needs an identifier or a path" },
        { "export a --from x --to y --reason r", "an export needs --from TIME" },
        { "hold add gate 2026-11-21 --reason r --until x", "a hold needs CAMERA FROM TO" },
        { "hold add gate a b --reason r", "a hold needs CAMERA FROM TO" },
        { "hold release", "'hold release' needs an identifier" },
        { "verify a --reason r", "does not go with 'verify'" },
        { "status --frob", "there is no option --frob" },
        { "status -x", "there is no option -x" },
        { "status --json=yes", "--json takes no value" },
        { "status --socket", "--socket needs a value" },
        { "status --socket=", "--socket needs a value" },
        { "status --lang fr", "--lang: write vi or en" },
        { "status --all", "does not go with 'status'" },
        { "alert list --person p", "does not go with 'alert'" },
        { "token new", "say for whom" },
        { "token new --person p --role staff --area a", "say for whom" },
        { "token new --person p --area a", "--area goes with --role" },
        { "token new --role staff", "--role staff needs --area ID" },
        { "token new --person p --days 0", "a number from 1 to 3650" },
        { "token new --person p --days 3651", "a number from 1 to 3650" },
        { "token new --person p --days 1x", "a number from 1 to 3650" },
        { "token new --person p --days -1", "a number from 1 to 3650" },
        { "token new --person p\xff", "is not UTF-8" },
        { "token revoke \xff", "is not UTF-8" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *line = xstrdup(rows[i].line), *argv[MOST + 1];
        struct error err = { 0 };
        struct args args;
        int argc = split(line, argv);
        if (args_read(argc, argv, &args, &err) || !strstr(err.text, rows[i].says))
            fail_msg("'%s': '%s' was expected, told was '%s'", rows[i].line, rows[i].says,
                     err.text);
        assert_int_equal(err.kind, ERR_CONFIG);
        free(line);
    }
}

static void an_admins_token_needs_no_area(void **state)
{
    char line[] = "token new --role admin", screen[] = "token new --screen s";

    assert_string_equal(read_well(line).role, "admin");
    assert_string_equal(read_well(screen).screen, "s");
}

static enum language language_of(const char *said, const char *lang, const char *lc_all)
{
    char *line = xstrdup(said), *argv[MOST + 1];
    int argc = split(line, argv);

    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    if (lc_all)
        setenv("LC_ALL", lc_all, 1);
    setenv("LANG", lang, 1);
    enum language language = args_language(argc, argv);
    free(line);
    return language;
}

static void the_language_is_said_or_the_terminals_or_vietnamese(void **state)
{
    assert_int_equal(language_of("status", "en_US.UTF-8", NULL), LANGUAGE_EN);
    assert_int_equal(language_of("status", "vi_VN.UTF-8", NULL), LANGUAGE_VI);
    assert_int_equal(language_of("status", "en_US.UTF-8", "vi_VN"), LANGUAGE_VI);
    assert_int_equal(language_of("status", "C.UTF-8", ""), LANGUAGE_VI);
    assert_int_equal(language_of("status --lang en", "vi_VN.UTF-8", NULL), LANGUAGE_EN);
    assert_int_equal(language_of("frob --lang=vi", "en_US.UTF-8", NULL), LANGUAGE_VI);
    assert_int_equal(language_of("status --lang", "en_US.UTF-8", NULL), LANGUAGE_VI);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_understood),
        cmocka_unit_test(options_stand_anywhere_with_or_without_an_equals_sign),
        cmocka_unit_test(the_socket_is_said_or_in_the_environment_or_at_its_place),
        cmocka_unit_test(a_wrong_command_line_is_told),
        cmocka_unit_test(an_admins_token_needs_no_area),
        cmocka_unit_test(the_language_is_said_or_the_terminals_or_vietnamese),
    };

    text_open(LANGUAGE_EN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
