#include "soap.h"

#define DEVICE "http://www.onvif.org/ver10/device/wsdl"
#define MEDIA  "http://www.onvif.org/ver10/media/wsdl"
#define MEDIA2 "http://www.onvif.org/ver20/media/wsdl"
#define EVENTS "http://www.onvif.org/ver10/events/wsdl"
#define SCHEMA "http://www.onvif.org/ver10/schema"
#define NOTIFY "http://docs.oasis-open.org/wsn/b-2"

/* clang-format off */
/* In a body %t is the token, %d the seconds to wait; the others have nothing to fill in. */
static const struct {
    const char *action, *body;
} calls[ONVIF_CALLS] = {
    [ONVIF_DATE] = { DEVICE "/GetSystemDateAndTime",
        "<GetSystemDateAndTime xmlns=\"" DEVICE "\"/>" },
    [ONVIF_INFORMATION] = { DEVICE "/GetDeviceInformation",
        "<GetDeviceInformation xmlns=\"" DEVICE "\"/>" },
    [ONVIF_CAPABILITIES] = { DEVICE "/GetCapabilities",
        "<GetCapabilities xmlns=\"" DEVICE "\"><Category>All</Category></GetCapabilities>" },
    [ONVIF_SERVICES] = { DEVICE "/GetServices",
        "<GetServices xmlns=\"" DEVICE "\"><IncludeCapability>false</IncludeCapability>"
        "</GetServices>" },
    [ONVIF_GET_PROFILES] = { MEDIA "/GetProfiles",
        "<GetProfiles xmlns=\"" MEDIA "\"/>" },
    [ONVIF_ENCODER] = { MEDIA "/GetVideoEncoderConfiguration",
        "<GetVideoEncoderConfiguration xmlns=\"" MEDIA "\"><ConfigurationToken>%t"
        "</ConfigurationToken></GetVideoEncoderConfiguration>" },
    [ONVIF_STREAM_URI] = { MEDIA "/GetStreamUri",
        "<GetStreamUri xmlns=\"" MEDIA "\"><StreamSetup>"
        "<Stream xmlns=\"" SCHEMA "\">RTP-Unicast</Stream>"
        "<Transport xmlns=\"" SCHEMA "\"><Protocol>RTSP</Protocol></Transport></StreamSetup>"
        "<ProfileToken>%t</ProfileToken></GetStreamUri>" },
    [ONVIF_GET_PROFILES2] = { MEDIA2 "/GetProfiles",
        "<GetProfiles xmlns=\"" MEDIA2 "\"><Type>VideoEncoder</Type></GetProfiles>" },
    [ONVIF_STREAM_URI2] = { MEDIA2 "/GetStreamUri",
        "<GetStreamUri xmlns=\"" MEDIA2 "\"><Protocol>RTSP</Protocol>"
        "<ProfileToken>%t</ProfileToken></GetStreamUri>" },
    [ONVIF_SUBSCRIBE] = { EVENTS "/EventPortType/CreatePullPointSubscriptionRequest",
        "<CreatePullPointSubscription xmlns=\"" EVENTS "\"><InitialTerminationTime>PT120S"
        "</InitialTerminationTime></CreatePullPointSubscription>" },
    [ONVIF_PULL] = { EVENTS "/PullPointSubscription/PullMessagesRequest",
        "<PullMessages xmlns=\"" EVENTS "\"><Timeout>PT%dS</Timeout><MessageLimit>16"
        "</MessageLimit></PullMessages>" },
    [ONVIF_RENEW] = { "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest",
        "<Renew xmlns=\"" NOTIFY "\"><TerminationTime>PT120S</TerminationTime></Renew>" },
    [ONVIF_UNSUBSCRIBE] = {
        "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/UnsubscribeRequest",
        "<Unsubscribe xmlns=\"" NOTIFY "\"/>" },
};
/* clang-format on */

static void add_escaped(struct bytes *to, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<': bytes_text(to, "&lt;"); break;
        case '>': bytes_text(to, "&gt;"); break;
        case '&': bytes_text(to, "&amp;"); break;
        case '"': bytes_text(to, "&quot;"); break;
        default: bytes_add(to, text, 1); break;
        }
    }
}

static void add_security(struct bytes *to, const struct onvif_ask *ask)
{
    if (!ask->user[0])
        return;
    bytes_text(to,
               "<Security s:mustUnderstand=\"1\" xmlns=\"http://docs.oasis-open.org/wss/"
               "2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\"><UsernameToken>"
               "<Username>");
    add_escaped(to, ask->user);
    bytes_text(to, "</Username><Password Type=\"http://docs.oasis-open.org/wss/2004/01/"
                   "oasis-200401-wss-username-token-profile-1.0#PasswordDigest\">");
    add_escaped(to, ask->digest);
    bytes_text(to, "</Password><Nonce EncodingType=\"http://docs.oasis-open.org/wss/2004/"
                   "01/oasis-200401-wss-soap-message-security-1.0#Base64Binary\">");
    add_escaped(to, ask->nonce);
    bytes_text(to, "</Nonce><Created xmlns=\"http://docs.oasis-open.org/wss/2004/01/"
                   "oasis-200401-wss-wssecurity-utility-1.0.xsd\">");
    add_escaped(to, ask->created);
    bytes_text(to, "</Created></UsernameToken></Security>");
}

/* The subscription's calls say what they are for in the header too (WS-Addressing). */
static void add_addressing(struct bytes *to, const struct onvif_ask *ask)
{
    const struct onvif_reference *r = &ask->reference;

    if (ask->call < ONVIF_SUBSCRIBE)
        return;
    bytes_format(to, "<a:Action s:mustUnderstand=\"1\">%s</a:Action><a:To "
                     "s:mustUnderstand=\"1\">http://",
                 calls[ask->call].action);
    add_escaped(to, ask->host);
    add_escaped(to, ask->path);
    bytes_text(to, "</a:To>");
    if (!r->name[0])
        return;
    bytes_format(to, "<r:%s xmlns:r=\"", r->name);
    add_escaped(to, r->space);
    bytes_text(to, "\" a:IsReferenceParameter=\"true\">");
    add_escaped(to, r->value);
    bytes_format(to, "</r:%s>", r->name);
}

static void add_body(struct bytes *to, const struct onvif_ask *ask)
{
    for (const char *at = calls[ask->call].body; *at; at++) {
        if (at[0] == '%' && at[1] == 't') {
            add_escaped(to, ask->token);
            at++;
        } else if (at[0] == '%' && at[1] == 'd') {
            bytes_format(to, "%d", ask->wait_s);
            at++;
        } else {
            bytes_add(to, at, 1);
        }
    }
}

void soap_write(struct bytes *to, const struct onvif_ask *ask)
{
    struct bytes body = { 0 };

    if (!calls[ask->call].action)
        return;
    bytes_text(&body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                      "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
                      "xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header>");
    add_security(&body, ask);
    add_addressing(&body, ask);
    bytes_text(&body, "</s:Header><s:Body>");
    add_body(&body, ask);
    bytes_text(&body, "</s:Body></s:Envelope>");

    bytes_format(to, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: kengd\r\n", ask->path,
                 ask->host);
    bytes_format(to, "Content-Type: application/soap+xml; charset=utf-8; action=\"%s\"\r\n",
                 calls[ask->call].action);
    bytes_format(to, "Content-Length: %zu\r\nConnection: close\r\n", body.size);
    if (ask->authorization[0])
        bytes_format(to, "Authorization: %s\r\n", ask->authorization);
    bytes_text(to, "\r\n");
    bytes_add(to, body.at, body.size);
    bytes_free(&body);
}
