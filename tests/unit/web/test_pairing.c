/* A phone or a screen comes in once by a code, is listed, and is revoked. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "house.h"
#include "pairing.h"
#include "shapes.h"

#define JSON "Content-Type: application/json\r\n"

/* {status, the answer's object or NULL}; the caller's reference. */
static json_t *ask_json(struct house *house, const char *method, const char *target,
                        const char *token, const char *more, const char *body, int *status)
{
    char *headers = xformat("%s%s", more ? more : "", body ? JSON : "");
    struct answer answer = house_ask(house, method, target, token, headers, body);
    json_t *json = json_loadb((const char *)answer.body.at, answer.body.size, 0, NULL);

    *status = answer.status;
    answer_clear(&answer);
    free(headers);
    return json;
}

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));

    return text ? text : "";
}

static const char *error_of(const json_t *json)
{
    return text_of(json_object_get(json, "error"), "code");
}

/* The code of the link that `token` makes for `person`; "" and `status` when it may not. */
static char *make_code(struct house *house, const char *token, const char *person, int *status)
{
    char *body = xformat("{\"person\": \"%s\"}", person);
    json_t *json = ask_json(house, "POST", "/api/pairings", token, NULL, body, status);
    const char *mark = strchr(text_of(json, "url"), '#');
    char *code = xstrdup(mark ? mark + 1 : "");

    json_decref(json);
    free(body);
    return code;
}

/* The status, the error's code, and the cookie's header line (the caller frees) or NULL. */
static int redeem(struct house *house, const char *code, char **cookie, char error[32])
{
    char *body = xformat("{\"code\": \"%s\", \"name\": \"Phone of the test\"}", code);
    struct answer answer = house_ask(house, "POST", "/api/pair", NULL, JSON, body);
    const char *set = answer_header(&answer, "Set-Cookie");
    json_t *json = json_loadb((const char *)answer.body.at, answer.body.size, 0, NULL);
    int status = answer.status;

    *cookie = set ? xformat("Cookie: %.*s\r\n", (int)strcspn(set, ";"), set) : NULL;
    snprintf(error, 32, "%s", error_of(json));
    json_decref(json);
    answer_clear(&answer);
    free(body);
    return status;
}

/* A paired phone of the hamlet's head; its cookie's header line. */
static char *pair_head(struct house *house)
{
    char *boss = house_token(house, "{\"person\": \"boss\"}", NULL), *cookie, error[32];
    int status;
    char *code = make_code(house, boss, "head-dong", &status);

    assert_int_equal(status, 200);
    assert_int_equal(redeem(house, code, &cookie, error), 200);
    free(code);
    free(boss);
    return cookie;
}

static int status_of(struct house *house, const char *method, const char *target,
                     const char *cookie, const char *body)
{
    int status;

    json_decref(ask_json(house, method, target, NULL, cookie, body, &status));
    return status;
}

static void a_phone_comes_in_once_by_its_code(void **state)
{
    struct house *house = *state;
    char *boss = house_token(house, "{\"person\": \"boss\"}", NULL);
    char *cookie, *second, error[32];
    int status;
    char *code = make_code(house, boss, "head-dong", &status);

    assert_int_equal(redeem(house, code, &cookie, error), 200);
    json_t *site = ask_json(house, "GET", "/api/site", NULL, cookie, NULL, &status);
    assert_int_equal(status, 200);
    json_decref(site);
    assert_int_equal(redeem(house, code, &second, error), 410);
    assert_string_equal(error, "code_used");
    assert_null(second);
    free(code);
    free(cookie);
    free(boss);
}

static void a_code_is_over_after_ten_minutes(void **state)
{
    struct house *house = *state;
    char *boss = house_token(house, "{\"person\": \"boss\"}", NULL), *cookie, error[32];
    int status;
    char *code = make_code(house, boss, "head-dong", &status);

    house_jump(SECONDS_US(601));
    assert_int_equal(redeem(house, code, &cookie, error), 410);
    assert_string_equal(error, "code_expired");
    assert_null(cookie);
    free(code);
    free(boss);
}

static void what_is_no_code_is_unknown_and_guessing_is_stopped(void **state)
{
    struct house *house = *state;
    static const char guess[] = "0123456789012345678901234567890123456789012";
    char *cookie, error[32];

    assert_int_equal(redeem(house, "short", &cookie, error), 404);
    assert_int_equal(redeem(house, guess, &cookie, error), 404);
    assert_string_equal(error, "no_code");
    for (int i = 0; i < 4; i++)
        redeem(house, guess, &cookie, error);
    assert_int_equal(redeem(house, guess, &cookie, error), 429);
}

static void rank_1_pairs_the_officials_of_its_own_areas_only(void **state)
{
    struct house *house = *state;
    static const struct {
        const char *holder, *person;
        int status;
    } rows[] = {
        { "{\"person\": \"head-dong\"}", "head-dong", 200 },
        { "{\"person\": \"head-dong\"}", "boss", 404 },
        { "{\"person\": \"head-dong\"}", "duty", 404 },
        { "{\"person\": \"head-dong\"}", "nobody", 404 },
        { "{\"person\": \"duty\"}", "head-dong", 404 },
        { "{\"person\": \"boss\"}", "duty", 200 },
        { "{\"person\": \"boss\"}", "boss", 200 },
        { "{\"role\": \"official\", \"area\": \"thon-dong\"}", "head-dong", 404 },
        { "{\"role\": \"admin\", \"area\": \"thon-tay\"}", "head-dong", 404 },
        { "{\"screen\": \"screen-dong\"}", "head-dong", 404 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *token = house_token(house, rows[i].holder, NULL);
        int status;
        char *code = make_code(house, token, rows[i].person, &status);
        if (status != rows[i].status)
            fail_msg("%s for %s: %d", rows[i].holder, rows[i].person, status);
        free(code);
        free(token);
    }
}

static void the_code_comes_with_its_picture_and_link(void **state)
{
    struct house *house = *state;
    char *boss = house_token(house, "{\"person\": \"boss\"}", NULL);
    int status;
    json_t *json = ask_json(house, "POST", "/api/pairings", boss, NULL,
                            "{\"person\": \"head-dong\"}", &status);

    assert_memory_equal(text_of(json, "url"), "https://cam.example/pair#", 25);
    assert_memory_equal(text_of(json, "svg"), "<svg xmlns=", 11);
    assert_true(json_is_true(json_object_get(json, "public")));
    json_decref(json);
    free(boss);
}

/* ---- devices ------------------------------------------------------------------------ */

static char *only_device(struct house *house, const char *cookie)
{
    int status;
    json_t *json = ask_json(house, "GET", "/api/devices", NULL, cookie, NULL, &status);
    const json_t *list = json_object_get(json, "devices");

    assert_int_equal(status, 200);
    assert_int_equal(json_array_size(list), 1);
    char *id = xstrdup(text_of(json_array_get(list, 0), "id"));
    json_decref(json);
    return id;
}

static void a_revoked_phone_is_nobodys_at_once(void **state)
{
    struct house *house = *state;
    char *cookie = pair_head(house), *id = only_device(house, cookie);
    char *target = xformat("/api/devices/%s", id);
    char *boss = house_token(house, "{\"person\": \"boss\"}", NULL);
    int status;

    json_decref(ask_json(house, "DELETE", target, boss, NULL, NULL, &status));
    assert_int_equal(status, 204);
    for (size_t i = 0; i < route_count; i++)
        if (routes[i].right >= RIGHT_VIEW && routes[i].right < RIGHT_PROBE &&
            !strchr(routes[i].pattern, '{') && routes[i].method == EVHTTP_REQ_GET)
            assert_int_equal(status_of(house, "GET", routes[i].pattern, cookie, NULL), 401);
    json_decref(ask_json(house, "DELETE", target, boss, NULL, NULL, &status));
    assert_int_equal(status, 404);
    free(boss);
    free(target);
    free(id);
    free(cookie);
}

static void a_device_of_others_is_not_found(void **state)
{
    struct house *house = *state;
    char *cookie = pair_head(house), *id = only_device(house, cookie);
    char *target = xformat("/api/devices/%s", id);
    static const char *const others[] = {
        "{\"person\": \"duty\"}",
        "{\"role\": \"official\", \"area\": \"thon-dong\"}",
        "{\"role\": \"admin\", \"area\": \"thon-tay\"}",
        "{\"screen\": \"screen-dong\"}",
    };

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        char *token = house_token(house, others[i], NULL);
        int status;
        json_decref(ask_json(house, "DELETE", target, token, NULL, NULL, &status));
        assert_int_equal(status, 404);
        json_t *json = ask_json(house, "GET", "/api/devices", token, NULL, NULL, &status);
        assert_int_equal(json_array_size(json_object_get(json, "devices")), 0);
        json_decref(json);
        free(token);
    }
    assert_int_equal(status_of(house, "GET", "/api/site", cookie, NULL), 200);
    free(target);
    free(id);
    free(cookie);
}

static void a_phone_says_how_it_is_woken(void **state)
{
    struct house *house = *state;
    static const char key[] = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    static const char auth[] = "BTBZMqHH6r4Tts7J_aSIgg";
    static const struct {
        const char *endpoint, *auth;
        int status;
    } rows[] = {
        { "https://push.example/x1", auth, 204 },
        { "http://push.example/x1", auth, 400 },
        { "https://user@push.example/x1", auth, 400 },
        { "https:///x1", auth, 400 },
        { "https://push.example/a b", auth, 400 },
        { "https://push.example/x1", "BTBZMqHH6r4Tts7J", 400 },
        { "https://push.example/x1", "%%%%%%%%%%%%%%%%%%%%%%", 400 },
    };
    char *cookie = pair_head(house);
    int status;

    assert_int_equal(status_of(house, "POST", "/api/push/test", cookie, "{}"), 409);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *body = xformat("{\"endpoint\": \"%s\", \"keys\": {\"p256dh\": \"%s\", \"auth\": "
                             "\"%s\"}}",
                             rows[i].endpoint, key, rows[i].auth);
        assert_int_equal(status_of(house, "POST", "/api/push", cookie, body), rows[i].status);
        free(body);
    }
    json_t *json = ask_json(house, "GET", "/api/push", NULL, cookie, NULL, &status);
    assert_string_equal(text_of(json, "state"), "works");
    assert_string_equal(text_of(json, "key"), "BPk");
    json_decref(json);
    assert_int_equal(status_of(house, "POST", "/api/push/test", cookie, "{}"), 200);
    assert_string_equal(house->door, "test");
    assert_string_equal(house->object, "thon-dong");
    assert_string_equal(house->note, "head-dong");
    assert_int_equal(status_of(house, "DELETE", "/api/push", cookie, "{}"), 204);
    json = ask_json(house, "GET", "/api/push", NULL, cookie, NULL, &status);
    assert_string_equal(text_of(json, "state"), "none");
    json_decref(json);
    free(cookie);
}

/* ---- screens ------------------------------------------------------------------------ */

static void a_screen_comes_in_when_its_code_is_approved(void **state)
{
    struct house *house = *state;
    int status;
    json_t *made = ask_json(house, "POST", "/api/screens/code", NULL, NULL, "{}", &status);
    char *claim = xformat("{\"claim\": \"%s\"}", text_of(made, "claim"));
    char *approval = xformat("{\"code\": \"%s\", \"screen\": \"screen-dong\"}",
                             text_of(made, "code"));

    assert_int_equal(status, 200);
    assert_int_equal(strlen(text_of(made, "code")), 6);
    json_t *json = ask_json(house, "POST", "/api/screens/code", NULL, NULL, claim, &status);
    assert_string_equal(text_of(json, "state"), "waiting");
    json_decref(json);

    struct answer approved =
        house_ask_control(house, "POST", "/api/control/screens/approve", approval);
    assert_int_equal(approved.status, 204);
    answer_clear(&approved);

    struct answer in = house_ask(house, "POST", "/api/screens/code", NULL, JSON, claim);
    assert_int_equal(in.status, 200);
    const char *set = answer_header(&in, "Set-Cookie");
    char *cookie = xformat("Cookie: %.*s\r\n", (int)strcspn(set, ";"), set);
    answer_clear(&in);
    json = ask_json(house, "GET", "/api/site", NULL, cookie, NULL, &status);
    assert_string_equal(text_of(json_object_get(json, "screen"), "id"), "screen-dong");
    json_decref(json);

    assert_int_equal(status_of(house, "POST", "/api/screens/code", NULL, claim), 410);
    approved = house_ask_control(house, "POST", "/api/control/screens/approve", approval);
    assert_int_equal(approved.status, 404);
    answer_clear(&approved);
    json_decref(made);
    free(cookie);
    free(approval);
    free(claim);
}

/* A new screen's answer; the caller's reference. */
static json_t *new_screen(struct house *house)
{
    int status;
    json_t *made = ask_json(house, "POST", "/api/screens/code", NULL, NULL, "{}", &status);

    assert_int_equal(status, 200);
    return made;
}

static int approve(struct house *house, const char *token, const char *code, const char *screen)
{
    char *body = xformat("{\"code\": \"%s\", \"screen\": \"%s\"}", code, screen);
    char *who = token ? xformat("Authorization: Bearer %s\r\n", token) : NULL;
    int status = status_of(house, "POST", "/api/screens/approve", who, body);

    free(who);
    free(body);
    return status;
}

static void a_hamlet_head_lets_a_screen_of_the_hamlet_in_and_no_other(void **state)
{
    struct house *house = *state;
    char *head = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    char *duty = house_token(house, "{\"person\": \"duty\"}", NULL);
    int status;

    json_t *json = ask_json(house, "GET", "/api/screens", head, NULL, NULL, &status);
    json_t *screens = json_object_get(json, "screens");
    assert_int_equal(json_array_size(screens), 1);
    assert_string_equal(text_of(json_array_get(screens, 0), "id"), "screen-dong");
    json_decref(json);
    json_decref(ask_json(house, "GET", "/api/screens", duty, NULL, NULL, &status));
    assert_int_equal(status, 404);

    json_t *made = new_screen(house);
    const char *code = text_of(made, "code");
    assert_int_equal(approve(house, NULL, code, "screen-dong"), 401);
    assert_int_equal(approve(house, duty, code, "screen-dong"), 404);
    assert_int_equal(approve(house, head, code, "screen-tay"), 404);
    assert_int_equal(approve(house, head, "12345", "screen-dong"), 422);
    assert_int_equal(approve(house, head, code, "screen-dong"), 204);
    assert_int_equal(approve(house, head, code, "screen-dong"), 404); /* once */

    char *claim = xformat("{\"claim\": \"%s\"}", text_of(made, "claim"));
    json = ask_json(house, "POST", "/api/screens/code", NULL, NULL, claim, &status);
    assert_string_equal(text_of(json, "state"), "approved");
    assert_string_equal(text_of(json, "name"), "House of Dong");
    json_decref(json);
    json_decref(made);
    free(claim);
    free(duty);
    free(head);
}

static void a_screen_shows_its_code_as_a_picture_that_a_phone_can_scan(void **state)
{
    struct house *house = *state;
    json_t *made = new_screen(house);
    char *address = web_address(house->settings);
    char *url = xformat("%s/phone#/add-screen/%s", address, text_of(made, "code"));
    char *svg = qr_svg(url);

    assert_string_equal(text_of(made, "svg"), svg);
    json_decref(made);
    free(svg);
    free(url);
    free(address);
}

static void the_code_of_a_screen_is_over_after_ten_minutes(void **state)
{
    struct house *house = *state;
    char *head = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    json_t *made = new_screen(house);

    house_jump(SECONDS_US(601));
    assert_int_equal(approve(house, head, text_of(made, "code"), "screen-dong"), 404);
    json_decref(made);
    free(head);
}

static void guessing_the_code_of_a_screen_is_stopped(void **state)
{
    struct house *house = *state;
    char *head = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    json_t *made = new_screen(house);
    const char *code = text_of(made, "code");
    const char *wrong = strcmp(code, "000000") == 0 ? "111111" : "000000";

    for (int i = 0; i < 5; i++)
        assert_int_equal(approve(house, head, wrong, "screen-dong"), 404);
    assert_int_equal(approve(house, head, code, "screen-dong"), 429);
    house_jump(SECONDS_US(301));
    assert_int_equal(approve(house, head, code, "screen-dong"), 204);
    json_decref(made);
    free(head);
}

static void one_address_gets_a_few_codes_for_screens_and_then_waits(void **state)
{
    struct house *house = *state;
    int status, made = 0;

    for (int i = 0; i < 20; i++) {
        json_decref(ask_json(house, "POST", "/api/screens/code", NULL, NULL, "{}", &status));
        made += status == 200;
    }
    assert_int_equal(made, 5);
    assert_int_equal(status, 429);
    house_jump(SECONDS_US(301));
    json_decref(new_screen(house));
}

/* From many addresses. */
static void who_asks_for_many_codes_keeps_no_screen_out(void **state)
{
    struct house *house = *state;
    json_t *first = new_screen(house);
    const char *claim = json_string_value(json_object_get(first, "claim"));
    char *body = xformat("{\"claim\": \"%s\"}", claim);
    int made = 0;

    for (int i = 0; i < 70; i++) {
        char from[16];
        snprintf(from, sizeof from, "127.0.1.%d", 1 + i / 4);
        struct answer answer =
            house_ask_from(house, from, "POST", "/api/screens/code", JSON, "{}");
        made += answer.status == 200;
        answer_clear(&answer);
    }
    assert_int_equal(made, 70);
    /* The oldest has made room, and gets a new one. */
    struct answer old = house_ask(house, "POST", "/api/screens/code", NULL, JSON, body);
    assert_int_equal(old.status, 410);
    answer_clear(&old);
    json_decref(new_screen(house));
    json_decref(first);
    free(body);
}

#define IN_A_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_HOUSE(a_phone_comes_in_once_by_its_code),
        IN_A_HOUSE(a_code_is_over_after_ten_minutes),
        IN_A_HOUSE(what_is_no_code_is_unknown_and_guessing_is_stopped),
        IN_A_HOUSE(rank_1_pairs_the_officials_of_its_own_areas_only),
        IN_A_HOUSE(the_code_comes_with_its_picture_and_link),
        IN_A_HOUSE(a_revoked_phone_is_nobodys_at_once),
        IN_A_HOUSE(a_device_of_others_is_not_found),
        IN_A_HOUSE(a_phone_says_how_it_is_woken),
        IN_A_HOUSE(a_screen_comes_in_when_its_code_is_approved),
        IN_A_HOUSE(a_hamlet_head_lets_a_screen_of_the_hamlet_in_and_no_other),
        IN_A_HOUSE(a_screen_shows_its_code_as_a_picture_that_a_phone_can_scan),
        IN_A_HOUSE(the_code_of_a_screen_is_over_after_ten_minutes),
        IN_A_HOUSE(guessing_the_code_of_a_screen_is_stopped),
        IN_A_HOUSE(one_address_gets_a_few_codes_for_screens_and_then_waits),
        IN_A_HOUSE(who_asks_for_many_codes_keeps_no_screen_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
