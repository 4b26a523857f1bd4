#include "answers.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "session/login.h"
#include "topics.h"
#include "xml.h"

static void no_sense(struct onvif_said *out, const char *why)
{
    out->end = ONVIF_NO_SENSE;
    snprintf(out->detail, sizeof out->detail, "%s", why);
}

/* ---- faults and logins -------------------------------------------------------------- */

static bool means_login(const char *subcode)
{
    static const char *const words[] = { "NotAuthorized", "FailedAuthentication",
                                         "FailedCheck", "InvalidSecurity",
                                         "InvalidSecurityToken", "OperationProhibited" };
    const char *name = strrchr(subcode, ':');

    name = name ? name + 1 : subcode;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

/* Subcodes lie within each other; the innermost says most, but any may mean a login. */
static void read_fault(const xmlNode *fault, const char *space, struct onvif_said *out)
{
    bool is_new = strcmp(space, NS_SOAP12) == 0;
    const xmlNode *code = xml_child(fault, space, "Code");
    char word[ONVIF_TEXT] = "", reason[120] = "";

    out->end = ONVIF_FAULT;
    for (; code; code = xml_child(code, space, "Subcode")) {
        xml_text(xml_child(code, space, "Value"), word, sizeof word);
        if (means_login(word))
            out->end = ONVIF_LOGIN;
    }
    if (is_new) {
        xml_text(xml_child(xml_child(fault, space, "Reason"), space, "Text"), reason,
                 sizeof reason);
    } else { /* SOAP 1.1: names without a namespace */
        for (const xmlNode *at = fault->children; at; at = at->next) {
            if (at->type != XML_ELEMENT_NODE || at->ns)
                continue;
            if (strcmp((const char *)at->name, "faultcode") == 0)
                xml_text(at, word, sizeof word);
            else if (strcmp((const char *)at->name, "faultstring") == 0)
                xml_text(at, reason, sizeof reason);
        }
        if (means_login(word))
            out->end = ONVIF_LOGIN;
    }
    snprintf(out->detail, sizeof out->detail, "%s", reason[0] ? reason : word);
}

static void read_login(const struct http *answer, const struct onvif_ask *ask,
                       struct onvif_said *out)
{
    struct rtsp_message message;
    struct challenge c = { .digest = false };

    http_headers(answer, &message);
    if (!login_read(&message, &c) || !c.digest)
        return; /* Basic would show the password to whoever asks for it */
    out->challenged = true;
    out->challenge.digest = true;
    out->challenge.stale = c.stale;
    _Static_assert(sizeof c.realm == sizeof out->challenge.realm &&
                       sizeof c.nonce == sizeof out->challenge.nonce &&
                       sizeof c.opaque == sizeof out->challenge.opaque &&
                       sizeof c.qop == sizeof out->challenge.qop &&
                       sizeof c.algorithm == sizeof out->challenge.algorithm,
                   "as long");
    memcpy(out->challenge.realm, c.realm, sizeof c.realm);
    memcpy(out->challenge.nonce, c.nonce, sizeof c.nonce);
    memcpy(out->challenge.opaque, c.opaque, sizeof c.opaque);
    memcpy(out->challenge.qop, c.qop, sizeof c.qop);
    memcpy(out->challenge.algorithm, c.algorithm, sizeof c.algorithm);
    snprintf(out->challenge.method, sizeof out->challenge.method, "POST");
    snprintf(out->challenge.uri, sizeof out->challenge.uri, "%s", ask->path);
}

/* ---- the calls ---------------------------------------------------------------------- */

static void read_date(const xmlNode *answer, struct onvif_said *out)
{
    const xmlNode *utc = xml_find(answer, NS_SCHEMA, "UTCDateTime");
    const xmlNode *date = xml_child(utc, NS_SCHEMA, "Date");
    const xmlNode *time = xml_child(utc, NS_SCHEMA, "Time");
    struct tm when = {
        .tm_year = xml_number(xml_child(date, NS_SCHEMA, "Year"), 9999) - 1900,
        .tm_mon = xml_number(xml_child(date, NS_SCHEMA, "Month"), 12) - 1,
        .tm_mday = xml_number(xml_child(date, NS_SCHEMA, "Day"), 31),
        .tm_hour = xml_number(xml_child(time, NS_SCHEMA, "Hour"), 23),
        .tm_min = xml_number(xml_child(time, NS_SCHEMA, "Minute"), 59),
        .tm_sec = xml_number(xml_child(time, NS_SCHEMA, "Second"), 60),
    };

    /* Some tell only their local time: then the offset is not known. */
    if (date && time && when.tm_year >= 70 && when.tm_mon >= 0 && when.tm_mday >= 1)
        out->clock_us = (int64_t)timegm(&when) * 1000000;
}

static void read_information(const xmlNode *answer, struct onvif_said *out)
{
    xml_text(xml_child(answer, NS_DEVICE, "Manufacturer"), out->make, sizeof out->make);
    xml_text(xml_child(answer, NS_DEVICE, "Model"), out->model, sizeof out->model);
    xml_text(xml_child(answer, NS_DEVICE, "FirmwareVersion"), out->firmware,
             sizeof out->firmware);
}

static void read_capabilities(const xmlNode *answer, struct onvif_said *out)
{
    const xmlNode *all = xml_child(answer, NS_DEVICE, "Capabilities");
    const xmlNode *media = xml_child(all, NS_SCHEMA, "Media");
    const xmlNode *events = xml_child(all, NS_SCHEMA, "Events");

    xml_text(xml_child(media, NS_SCHEMA, "XAddr"), out->media, sizeof out->media);
    xml_text(xml_child(events, NS_SCHEMA, "XAddr"), out->events, sizeof out->events);
}

static void read_services(const xmlNode *answer, struct onvif_said *out)
{
    const xmlNode *at = xml_child(answer, NS_DEVICE, "Service");

    for (; at; at = xml_next(at, NS_DEVICE, "Service")) {
        char space[ONVIF_PATH];
        const xmlNode *address = xml_child(at, NS_DEVICE, "XAddr");
        xml_text(xml_child(at, NS_DEVICE, "Namespace"), space, sizeof space);
        if (strcmp(space, NS_MEDIA) == 0)
            xml_text(address, out->media, sizeof out->media);
        else if (strcmp(space, NS_MEDIA2) == 0)
            xml_text(address, out->media2, sizeof out->media2);
        else if (strcmp(space, NS_EVENTS) == 0)
            xml_text(address, out->events, sizeof out->events);
    }
}

static void read_encoder(const xmlNode *encoder, struct onvif_profile *out)
{
    const xmlNode *size = xml_child(encoder, NS_SCHEMA, "Resolution");
    const xmlNode *rate = xml_child(encoder, NS_SCHEMA, "RateControl");
    const xmlNode *gop = xml_find(encoder, NS_SCHEMA, "GovLength");

    xml_attribute(encoder, "token", out->encoder, sizeof out->encoder);
    xml_text(xml_child(encoder, NS_SCHEMA, "Encoding"), out->encoding,
             sizeof out->encoding);
    out->width = xml_number(xml_child(size, NS_SCHEMA, "Width"), 32768);
    out->height = xml_number(xml_child(size, NS_SCHEMA, "Height"), 32768);
    out->fps = xml_number(xml_child(rate, NS_SCHEMA, "FrameRateLimit"), 1000);
    out->kbit_per_s = xml_number(xml_child(rate, NS_SCHEMA, "BitrateLimit"), 10000000);
    out->gop = xml_number(gop, 100000);
}

static void read_profiles(const xmlNode *answer, struct onvif_said *out)
{
    const xmlNode *at = xml_child(answer, NS_MEDIA, "Profiles");

    for (; at && out->profile_count < ONVIF_PROFILES;
         at = xml_next(at, NS_MEDIA, "Profiles")) {
        struct onvif_profile *p = &out->profiles[out->profile_count];
        xml_attribute(at, "token", p->token, sizeof p->token);
        if (!p->token[0])
            continue;
        xml_text(xml_child(at, NS_SCHEMA, "Name"), p->name, sizeof p->name);
        read_encoder(xml_child(at, NS_SCHEMA, "VideoEncoderConfiguration"), p);
        out->profile_count++;
    }
}

/* Media2: the GOP is an attribute, and the namespace another. */
static void read_profiles2(const xmlNode *answer, struct onvif_said *out)
{
    const xmlNode *at = xml_child(answer, NS_MEDIA2, "Profiles");

    for (; at && out->profile_count < ONVIF_PROFILES;
         at = xml_next(at, NS_MEDIA2, "Profiles")) {
        struct onvif_profile *p = &out->profiles[out->profile_count];
        const xmlNode *all = xml_child(at, NS_MEDIA2, "Configurations");
        const xmlNode *encoder = xml_child(all, NS_MEDIA2, "VideoEncoder");
        uint64_t number;
        char gop[12];

        xml_attribute(at, "token", p->token, sizeof p->token);
        if (!p->token[0] || !encoder)
            continue;
        xml_text(xml_child(at, NS_MEDIA2, "Name"), p->name, sizeof p->name);
        read_encoder(encoder, p);
        xml_attribute(encoder, "GovLength", gop, sizeof gop);
        p->gop = span_number(span_of(gop), 100000, &number) ? (int)number : 0;
        out->profile_count++;
    }
}

static void read_stream_uri2(const xmlNode *answer, struct onvif_said *out)
{
    xml_text(xml_child(answer, NS_MEDIA2, "Uri"), out->uri, sizeof out->uri);
}

static void read_one_encoder(const xmlNode *answer, struct onvif_said *out)
{
    const xmlNode *configuration = xml_child(answer, NS_MEDIA, "Configuration");

    if (!configuration)
        return;
    read_encoder(configuration, &out->profiles[0]);
    out->profile_count = 1;
}

static void read_stream_uri(const xmlNode *answer, struct onvif_said *out)
{
    xml_text(xml_find(answer, NS_SCHEMA, "Uri"), out->uri, sizeof out->uri);
}

static void read_subscription(const xmlNode *answer, struct onvif_said *out)
{
    const xmlNode *reference = xml_child(answer, NS_EVENTS, "SubscriptionReference");
    const xmlNode *given = xml_child(reference, NS_WSA, "ReferenceParameters");

    xml_text(xml_child(reference, NS_WSA, "Address"), out->uri, sizeof out->uri);
    for (const xmlNode *at = given ? given->children : NULL; at; at = at->next) {
        if (at->type != XML_ELEMENT_NODE || !at->ns || !at->ns->href)
            continue;
        snprintf(out->reference.space, sizeof out->reference.space, "%s",
                 (const char *)at->ns->href);
        snprintf(out->reference.name, sizeof out->reference.name, "%s",
                 (const char *)at->name);
        xml_text(at, out->reference.value, sizeof out->reference.value);
        return;
    }
}

static void read_messages(const xmlNode *answer, struct onvif_said *out)
{
    const xmlNode *at = xml_child(answer, NS_NOTIFY, "NotificationMessage");

    for (; at; at = xml_next(at, NS_NOTIFY, "NotificationMessage")) {
        struct onvif_event one;
        if (!topic_read(at, &one))
            continue;
        if (out->happened_count < ONVIF_EVENTS)
            out->happened[out->happened_count++] = one;
        else if (out->left_out < 100000)
            out->left_out++;
    }
}

/* clang-format off */
static const struct {
    const char *space, *name;
    void (*read)(const xmlNode *answer, struct onvif_said *out); /* NULL: nothing in it */
} answers[ONVIF_CALLS] = {
    [ONVIF_DATE] = { NS_DEVICE, "GetSystemDateAndTimeResponse", read_date },
    [ONVIF_INFORMATION] = { NS_DEVICE, "GetDeviceInformationResponse", read_information },
    [ONVIF_CAPABILITIES] = { NS_DEVICE, "GetCapabilitiesResponse", read_capabilities },
    [ONVIF_SERVICES] = { NS_DEVICE, "GetServicesResponse", read_services },
    [ONVIF_GET_PROFILES] = { NS_MEDIA, "GetProfilesResponse", read_profiles },
    [ONVIF_ENCODER] = { NS_MEDIA, "GetVideoEncoderConfigurationResponse", read_one_encoder },
    [ONVIF_STREAM_URI] = { NS_MEDIA, "GetStreamUriResponse", read_stream_uri },
    [ONVIF_GET_PROFILES2] = { NS_MEDIA2, "GetProfilesResponse", read_profiles2 },
    [ONVIF_STREAM_URI2] = { NS_MEDIA2, "GetStreamUriResponse", read_stream_uri2 },
    [ONVIF_SUBSCRIBE] = { NS_EVENTS, "CreatePullPointSubscriptionResponse", read_subscription },
    [ONVIF_PULL] = { NS_EVENTS, "PullMessagesResponse", read_messages },
    [ONVIF_RENEW] = { NS_NOTIFY, "RenewResponse", NULL },
    [ONVIF_UNSUBSCRIBE] = { NS_NOTIFY, "UnsubscribeResponse", NULL },
};
/* clang-format on */

static void read_envelope(const xmlNode *root, const struct onvif_ask *ask,
                          struct onvif_said *out)
{
    const char *space = xml_is(root, NS_SOAP11, "Envelope") ? NS_SOAP11 : NS_SOAP12;
    const xmlNode *body = xml_child(root, space, "Body");
    const xmlNode *fault = xml_child(body, space, "Fault");
    const xmlNode *answer =
        xml_child(body, answers[ask->call].space, answers[ask->call].name);

    if (fault) {
        read_fault(fault, space, out);
    } else if (!answer) {
        no_sense(out, body ? "another answer than was asked for" : "no SOAP envelope");
    } else if (answers[ask->call].read) {
        answers[ask->call].read(answer, out);
    }
}

void answer_read(const struct http *answer, const struct onvif_ask *ask,
                 struct onvif_said *out)
{
    const char *why;

    *out = (struct onvif_said){ .call = ask->call, .status = answer->status };
    xmlDoc *doc = xml_read(answer->body.at, answer->body.size, &why);
    if (doc)
        read_envelope(xmlDocGetRootElement(doc), ask, out);
    else
        no_sense(out, why);
    xmlFreeDoc(doc);
    if (answer->status == 401 || answer->status == 403)
        out->end = ONVIF_LOGIN;
    else if (answer->status >= 300 && out->end != ONVIF_LOGIN && out->end != ONVIF_FAULT)
        out->end = ONVIF_NO_SENSE;
    if (out->end == ONVIF_LOGIN)
        read_login(answer, ask, out);
}

/* ---- discovery ---------------------------------------------------------------------- */

void answer_read_matches(const struct onvif_ask *ask, struct onvif_said *out)
{
    const char *why;
    xmlDoc *doc = xml_read((const uint8_t *)ask->datagram, strlen(ask->datagram), &why);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    const xmlNode *match = root ? xml_find(root, NS_DISCOVER, "ProbeMatch") : NULL;

    *out = (struct onvif_said){ .call = ask->call };
    if (match) {
        const xmlNode *end = xml_child(match, NS_WSA2004, "EndpointReference");
        xml_text(xml_child(match, NS_DISCOVER, "XAddrs"), out->uri, sizeof out->uri);
        xml_text(xml_child(match, NS_DISCOVER, "Scopes"), out->scopes,
                 sizeof out->scopes);
        xml_text(xml_child(end, NS_WSA2004, "Address"), out->identity,
                 sizeof out->identity);
    }
    if (!out->uri[0])
        no_sense(out, doc ? "no answer to a probe" : why);
    xmlFreeDoc(doc);
}
