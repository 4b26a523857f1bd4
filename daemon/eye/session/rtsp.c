#include <string.h>

#include "rtsp.h"

/* ---- framing ---- */

static bool matches(const uint8_t *bytes, size_t size, const char *word)
{
    size_t length = strlen(word);

    return memcmp(bytes, word, size < length ? size : length) == 0;
}

/* The camera's own requests begin with a method: capitals, '_', then a blank. */
static enum rtsp_front front_of_request(const uint8_t *bytes, size_t size)
{
    enum { METHOD_MAX = 16 };

    for (size_t i = 0; i < size && i <= METHOD_MAX; i++) {
        if (i >= 3 && bytes[i] == ' ')
            return RTSP_FRONT_MESSAGE;
        if ((bytes[i] < 'A' || bytes[i] > 'Z') && bytes[i] != '_')
            return RTSP_FRONT_LOST;
    }
    return size > METHOD_MAX ? RTSP_FRONT_LOST : RTSP_FRONT_SHORT;
}

enum rtsp_front rtsp_front(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return RTSP_FRONT_SHORT;
    if (bytes[0] == '$')
        return RTSP_FRONT_FRAME;
    if (bytes[0] == '\r' || bytes[0] == '\n')
        return RTSP_FRONT_SPACE;
    if (matches(bytes, size, "RTSP/"))
        return size < 5 ? RTSP_FRONT_SHORT : RTSP_FRONT_MESSAGE;
    if (matches(bytes, size, "HTTP/"))
        return size < 5 ? RTSP_FRONT_SHORT : RTSP_FRONT_WEB;
    return front_of_request(bytes, size);
}

bool rtsp_frame_is_likely(const uint8_t *bytes, const bool ours[256])
{
    size_t length = (size_t)bytes[2] << 8 | bytes[3];

    return bytes[0] == '$' && ours[bytes[1]] && length >= 8 && bytes[4] >> 6 == 2;
}

size_t rtsp_swallowed(const uint8_t *frame, size_t size)
{
    enum { HEAD = RTSP_FRAME_HEADER + 12, SEQUENCES_MOST = 16 };
    const uint8_t *at = frame + 1, *end = frame + size;

    while (end - at >= HEAD && (at = memchr(at, '$', (size_t)(end - at - HEAD + 1)))) {
        int ahead = (uint16_t)((at[6] << 8 | at[7]) - (frame[6] << 8 | frame[7]));

        if (at[1] == frame[1] && at[4] >> 6 == 2 && (at[5] & 127) == (frame[5] & 127) &&
            ahead >= 1 && ahead <= SEQUENCES_MOST && memcmp(at + 12, frame + 12, 4) == 0)
            return (size_t)(at - frame);
        at++;
    }
    return 0;
}

size_t rtsp_seek(const uint8_t *bytes, size_t size, const bool ours[256])
{
    size_t at;

    for (at = 1; at < size; at++) {
        const uint8_t *p = bytes + at;
        size_t left = size - at;

        if (*p == '$' && (left < 5 || rtsp_frame_is_likely(p, ours)))
            break;
        if (*p == 'R' && matches(p, left, "RTSP/1.0 "))
            break;
    }
    return at;
}

/* ---- reading ---- */

/* The size of the head with the empty line behind it; 0: not all of it is there. Line
 * ends are CR LF, or a bare LF. */
static size_t head_size(const uint8_t *bytes, size_t size)
{
    const uint8_t *end = bytes + size, *line = bytes, *feed;

    while ((feed = memchr(line, '\n', (size_t)(end - line)))) {
        bool empty = feed == line || (feed == line + 1 && *line == '\r');

        if (empty && line > bytes)
            return (size_t)(feed + 1 - bytes);
        line = feed + 1;
    }
    return 0;
}

/* "RTSP/1.0 200 OK", the same of HTTP, or "OPTIONS rtsp://... RTSP/1.0". */
static bool read_first_line(struct span line, struct rtsp_message *m)
{
    bool is_answer = span_begins(line, "RTSP/") || span_begins(line, "HTTP/");
    struct span first = span_next(&line, ' ');
    uint64_t status = 0;

    if (!is_answer) {
        m->word = first;
        return true;
    }
    line = span_trim(line);
    if (!span_number(span_next(&line, ' '), 999, &status) || status < 100)
        return false;
    m->status = (int)status;
    m->word = span_trim(line);
    return true;
}

/* False: more headers than anybody needs. A line that begins with a blank goes on the
 * line before; a line without a colon is nobody's and left out. */
static bool read_header(struct span line, struct rtsp_message *m)
{
    struct rtsp_header *last = m->headers + m->header_count;
    bool goes_on = line.size && (line.at[0] == ' ' || line.at[0] == '\t');

    if (goes_on && m->header_count > 0) {
        last--;
        last->value.size = (size_t)(line.at + line.size - last->value.at);
        last->value = span_trim(last->value);
        return true;
    }
    if (!memchr(line.at, ':', line.size))
        return true;
    if (m->header_count == RTSP_HEADERS_MAX)
        return false;
    last->name = span_trim(span_next(&line, ':'));
    last->value = span_trim(line);
    if (!last->value.size)
        last->value.at = line.at;
    m->header_count++;
    return true;
}

bool rtsp_read_head(const uint8_t *bytes, size_t size, struct rtsp_message *m)
{
    struct span rest = { (const char *)bytes, size };

    *m = (struct rtsp_message){ .status = 0 };
    if (!read_first_line(span_trim(span_next(&rest, '\n')), m))
        return false;
    while (rest.size) {
        struct span line = span_next(&rest, '\n');

        if (line.size && line.at[line.size - 1] == '\r')
            line.size--;
        if (line.size && !read_header(line, m))
            return false;
    }
    return true;
}

enum rtsp_found rtsp_read(const uint8_t *bytes, size_t size, struct rtsp_message *m)
{
    size_t head = head_size(bytes, size < RTSP_HEAD_MAX ? size : RTSP_HEAD_MAX);
    struct span length;
    uint64_t body = 0;

    if (head == 0)
        return size < RTSP_HEAD_MAX ? RTSP_PART : RTSP_BROKEN;
    if (!rtsp_read_head(bytes, head, m))
        return RTSP_BROKEN;
    length = rtsp_header(m, "Content-Length");
    if (length.size && !span_number(length, RTSP_BODY_MAX, &body))
        return RTSP_BROKEN;
    if (size - head < body)
        return RTSP_PART;
    m->body = (struct span){ (const char *)bytes + head, body };
    m->size = head + body;
    return RTSP_WHOLE;
}

struct span rtsp_header(const struct rtsp_message *m, const char *name)
{
    for (size_t i = 0; i < m->header_count; i++) {
        if (span_is(m->headers[i].name, name))
            return m->headers[i].value;
    }
    return (struct span){ NULL, 0 };
}

bool rtsp_lists(struct span list, const char *word)
{
    while (list.size) {
        if (span_is(span_trim(span_next(&list, ',')), word))
            return true;
    }
    return false;
}

/* "interleaved=0-1", or only "interleaved=0". */
static void read_channels(struct span value, struct rtsp_transport *out)
{
    struct span first = span_next(&value, '-');
    uint64_t rtp, rtcp;

    out->interleaved = true;
    if (!span_number(span_trim(first), 255, &rtp))
        return;
    out->rtp = (int)rtp;
    out->rtcp = span_number(span_trim(value), 255, &rtcp) ? (int)rtcp : -1;
}

/* "server_port=6970-6971", or only "server_port=6970": then RTCP's is the next. */
static void read_ports(struct span value, struct rtsp_transport *out)
{
    struct span first = span_next(&value, '-');
    uint64_t rtp, rtcp;

    if (!span_number(span_trim(first), UINT16_MAX - 1, &rtp) || rtp == 0)
        return;
    out->server_rtp = (int)rtp;
    out->server_rtcp =
        span_number(span_trim(value), UINT16_MAX, &rtcp) ? (int)rtcp : (int)rtp + 1;
}

static bool read_hex(struct span s, uint32_t *out)
{
    uint32_t value = 0;

    for (size_t i = 0; i < s.size; i++) {
        const char *digits = "0123456789abcdef", *digit = strchr(digits, s.at[i] | 0x20);

        if (!digit || !s.at[i])
            return false;
        value = value << 4 | (uint32_t)(digit - digits);
    }
    *out = value;
    return s.size > 0 && s.size <= 8;
}

void rtsp_read_transport(struct span value, struct rtsp_transport *out)
{
    struct span one = span_next(&value, ',');

    *out = (struct rtsp_transport){ .rtp = -1, .rtcp = -1, .source = span_of("") };
    while (one.size) {
        struct span part = span_trim(span_next(&one, ';'));
        struct span name = span_trim(span_next(&part, '='));

        part = span_trim(part);
        if (part.size && part.at[0] == '"')
            part = span_after(part, 1);
        if (part.size && part.at[part.size - 1] == '"')
            part.size--;
        if (span_is(name, "interleaved"))
            read_channels(part, out);
        else if (span_is(name, "server_port"))
            read_ports(part, out);
        else if (span_is(name, "source"))
            out->source = part;
        else if (span_is(name, "ssrc"))
            out->has_ssrc = read_hex(part, &out->ssrc);
        else if (name.size > 4 && span_is(span_after(name, name.size - 4), "/TCP"))
            out->interleaved = true;
    }
}

static bool ends_with(struct span s, struct span end)
{
    return end.size > 0 && s.size >= end.size &&
           memcmp(s.at + s.size - end.size, end.at, end.size) == 0;
}

/* "url=...;seq=1;rtptime=2": the url may be absolute, or as in the description. */
static struct span read_info(struct span one, struct rtsp_rtp_info *out)
{
    struct span url = span_of("");
    uint64_t number;

    *out = (struct rtsp_rtp_info){ 0 };
    while (one.size) {
        struct span part = span_trim(span_next(&one, ';'));
        struct span name = span_trim(span_next(&part, '='));

        part = span_trim(part);
        if (span_is(name, "url")) {
            url = part;
        } else if (span_is(name, "seq") && span_number(part, UINT16_MAX, &number)) {
            out->has_sequence = true;
            out->sequence = (uint16_t)number;
        } else if (span_is(name, "rtptime") && span_number(part, UINT32_MAX, &number)) {
            out->has_time = true;
            out->time = (uint32_t)number;
        }
    }
    return url;
}

bool rtsp_read_rtp_info(struct span value, const char *control, bool alone,
                        struct rtsp_rtp_info *out)
{
    struct span wanted = span_of(control);
    int entries = 0;

    while (value.size) {
        struct span url = read_info(span_trim(span_next(&value, ',')), out);

        if (ends_with(url, wanted) || ends_with(wanted, url))
            return true;
        entries++;
    }
    return alone && entries == 1;
}

bool rtsp_read_session(struct span value, char id[RTSP_SESSION_MAX], int *timeout_s)
{
    struct span first = span_trim(span_next(&value, ';'));
    uint64_t seconds;

    while (value.size) {
        struct span part = span_trim(span_next(&value, ';'));

        if (span_is(span_trim(span_next(&part, '=')), "timeout") &&
            span_number(span_trim(part), 86400, &seconds) && seconds > 0)
            *timeout_s = (int)seconds;
    }
    return first.size > 0 && span_copy(first, id, RTSP_SESSION_MAX);
}

/* ---- writing ---- */

void rtsp_write(struct bytes *to, const struct rtsp_request *request)
{
    bytes_format(to, "%s %s RTSP/1.0\r\nCSeq: %u\r\nUser-Agent: kengd\r\n",
                 request->method, request->uri, request->cseq);
    if (request->session && request->session[0])
        bytes_format(to, "Session: %s\r\n", request->session);
    if (request->authorization)
        bytes_format(to, "Authorization: %s\r\n", request->authorization);
    if (request->extra)
        bytes_text(to, request->extra);
    bytes_text(to, "\r\n");
}
