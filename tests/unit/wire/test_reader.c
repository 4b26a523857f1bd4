#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "wire/reader.h"

/* What was taken: kinds and bodies one behind the other, and what room was asked. */
struct seen {
    struct bytes text;
    int messages, rooms;
    size_t largest_room;
    int refuse_kind;
    uint8_t *room;
};

static uint8_t *on_room(void *arg, const struct wire_header *h)
{
    struct seen *seen = arg;

    if (h->kind == seen->refuse_kind)
        return NULL;
    seen->rooms++;
    if (h->size > seen->largest_room)
        seen->largest_room = h->size;
    seen->room = xmalloc(h->size);
    return seen->room;
}

static bool on_take(void *arg, const struct wire_header *h, uint8_t *body)
{
    struct seen *seen = arg;

    seen->messages++;
    bytes_format(&seen->text, "%d:%.*s ", h->kind, (int)h->size,
                 body ? (char *)body : "");
    free(body);
    seen->room = NULL;
    return h->kind != 99;
}

static const struct wire_taker taker = { .room = on_room, .take = on_take };

static void put(struct bytes *to, uint8_t kind, const char *body)
{
    struct wire_header h = { .size = (uint32_t)strlen(body), .kind = kind };

    wire_write_header(bytes_reserve(to, WIRE_HEADER), &h);
    to->size += WIRE_HEADER;
    bytes_text(to, body);
}

/* Hands the bytes over at most `step` at a time, as reads of a socket would. */
static enum wire_result feed(struct wire_reader *r, const struct bytes *from, size_t step,
                             bool ahead)
{
    size_t at = 0;

    while (at < from->size) {
        struct iovec where[2];
        int count = wire_reader_where(r, where, ahead);
        size_t given = 0;
        for (int i = 0; i < count; i++) {
            size_t n = where[i].iov_len;
            n = n < step - given ? n : step - given;
            n = n < from->size - at ? n : from->size - at;
            memcpy(where[i].iov_base, from->at + at, n);
            at += n;
            given += n;
            if (n < where[i].iov_len)
                break;
        }
        enum wire_result result = wire_reader_got(r, given);
        if (result != WIRE_MORE)
            return result;
    }
    return WIRE_MORE;
}

static void messages_come_whole_however_they_are_cut(void **state)
{
    struct bytes all = { 0 };
    put(&all, 1, "first");
    put(&all, 5, "");
    put(&all, 2, "the second one, which is longer");
    put(&all, 5, "");
    put(&all, 5, "");
    put(&all, 3, "x");

    for (size_t step = 1; step <= all.size; step++) {
        for (int ahead = 0; ahead < 2; ahead++) {
            struct seen seen = { 0 };
            struct wire_reader r;
            wire_reader_start(&r, &taker, &seen);
            assert_int_equal(feed(&r, &all, step, ahead), WIRE_MORE);
            bytes_add(&seen.text, "", 1);
            assert_string_equal(
                (char *)seen.text.at,
                "1:first 5: 2:the second one, which is longer 5: 5: 3:x ");
            bytes_free(&seen.text);
        }
    }
    bytes_free(&all);
}

static void a_size_over_the_cap_is_refused_before_room_is_asked(void **state)
{
    struct wire_header h = { .size = WIRE_BODY_MAX + 1, .kind = 2 };
    struct seen seen = { 0 };
    struct wire_reader r;
    struct bytes all = { 0 };

    wire_write_header(bytes_reserve(&all, WIRE_HEADER), &h);
    all.size += WIRE_HEADER;
    wire_reader_start(&r, &taker, &seen);
    assert_int_equal(feed(&r, &all, 1000, true), WIRE_REFUSED);
    assert_int_equal(seen.rooms, 0);
    bytes_free(&all);
}

static void a_taker_may_refuse_by_header_or_by_body(void **state)
{
    struct bytes all = { 0 };
    struct wire_reader r;
    struct seen by_header = { .refuse_kind = 7 }, by_body = { 0 };

    put(&all, 7, "no room for this");
    wire_reader_start(&r, &taker, &by_header);
    assert_int_equal(feed(&r, &all, 1000, true), WIRE_REFUSED);
    assert_int_equal(by_header.messages, 0);

    all.size = 0;
    put(&all, 99, "bad");
    put(&all, 1, "never seen");
    wire_reader_start(&r, &taker, &by_body);
    assert_int_equal(feed(&r, &all, 1000, true), WIRE_REFUSED);
    assert_int_equal(by_body.messages, 1);
    bytes_free(&by_body.text);
    bytes_free(&all);
}

static void a_descriptor_is_read_until_its_other_end_closes(void **state)
{
    struct bytes all = { 0 };
    struct seen seen = { 0 };
    struct wire_reader r;
    int ends[2];

    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    put(&all, 1, "one");
    put(&all, 2, "two");
    wire_reader_start(&r, &taker, &seen);
    assert_int_equal(wire_reader_read(&r, ends[0], 8), WIRE_MORE);
    assert_int_equal(write(ends[1], all.at, all.size), (int)all.size);
    assert_int_equal(wire_reader_read(&r, ends[0], 8), WIRE_MORE);
    assert_int_equal(seen.messages, 2);
    close(ends[1]);
    assert_int_equal(wire_reader_read(&r, ends[0], 8), WIRE_ENDED);
    close(ends[0]);
    bytes_free(&seen.text);
    bytes_free(&all);
}

static void one_sender_does_not_keep_the_reader_for_ever(void **state)
{
    struct bytes all = { 0 };
    struct seen seen = { 0 };
    struct wire_reader r;
    int ends[2];

    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    for (int i = 0; i < 100; i++)
        put(&all, 1, "again");
    assert_int_equal(write(ends[1], all.at, all.size), (int)all.size);
    wire_reader_start(&r, &taker, &seen);
    assert_int_equal(wire_reader_read(&r, ends[0], 10), WIRE_MORE);
    assert_in_range(seen.messages, 5, 15);
    close(ends[0]);
    close(ends[1]);
    free(seen.room); /* of the message that has begun */
    bytes_free(&seen.text);
    bytes_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_whole_however_they_are_cut),
        cmocka_unit_test(a_size_over_the_cap_is_refused_before_room_is_asked),
        cmocka_unit_test(a_taker_may_refuse_by_header_or_by_body),
        cmocka_unit_test(a_descriptor_is_read_until_its_other_end_closes),
        cmocka_unit_test(one_sender_does_not_keep_the_reader_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
