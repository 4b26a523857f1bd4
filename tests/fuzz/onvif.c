/* What a hostile device answers to each call of ONVIF. Whatever it says, the message that
 * is made of it is one that kengd reads. The first byte chooses the call, the second how
 * the bytes are cut. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "onvif/answers.h"
#include "onvif/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(const struct onvif_said *said)
{
    struct bytes message = { 0 };
    struct onvif_said *read = calloc(1, sizeof *read);
    struct error err;

    link_put_onvif_said(&message, said);
    assert(message.size - WIRE_HEADER <= ONVIF_SAID_MAX);
    assert(link_read_onvif_said(message.at + WIRE_HEADER, message.size - WIRE_HEADER, read,
                                &err));
    assert(read->happened_count == said->happened_count);
    bytes_free(&message);
    free(read);
}

static void match(const uint8_t *bytes, size_t size)
{
    struct onvif_ask ask = { .call = ONVIF_MATCHES };
    struct onvif_said said;

    for (size_t i = 0; i < size && i + 1 < sizeof ask.datagram; i++)
        ask.datagram[i] = bytes[i] ? (char)bytes[i] : ' ';
    answer_read_matches(&ask, &said);
    check(&said);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static bool prepared;
    struct onvif_ask ask = { .path = "/onvif/device_service" };
    struct onvif_said said;
    struct http answer = { 0 };

    if (!prepared)
        xml_prepare();
    prepared = true;
    if (size < 2)
        return 0;
    ask.call = (enum onvif_call)(bytes[0] % ONVIF_CALLS);
    if (ask.call == ONVIF_MATCHES) {
        match(bytes + 2, size - 2);
        return 0;
    }
    size_t step = bytes[1] ? bytes[1] : size;
    for (size_t at = 2; at < size; at += step)
        http_take(&answer, bytes + at, at + step < size ? step : size - at);
    http_ended(&answer);
    assert(answer.state == HTTP_WHOLE || answer.state == HTTP_BROKEN);
    assert(answer.body.size <= HTTP_BODY_MAX && answer.head.size <= HTTP_HEAD_MAX + 1);
    if (answer.state == HTTP_WHOLE) {
        answer_read(&answer, &ask, &said);
        check(&said);
    }
    http_clear(&answer);
    return 0;
}
