#include "check.h"
#include "core/bytes.h"
#include "onvif/answers.h"
#include "onvif/soap.h"
#include "onvif/xml.h"

#define ENVELOPE(body)                                                          \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><E:Envelope xmlns:E=\""          \
    "http://www.w3.org/2003/05/soap-envelope\" xmlns:d=\""                      \
    "http://www.onvif.org/ver10/device/wsdl\" xmlns:m=\""                       \
    "http://www.onvif.org/ver10/media/wsdl\" xmlns:x=\""                        \
    "http://www.onvif.org/ver10/schema\" xmlns:ev=\""                           \
    "http://www.onvif.org/ver10/events/wsdl\" xmlns:w=\""                       \
    "http://www.w3.org/2005/08/addressing\"><E:Body>" body "</E:Body></E:Envelope>"

static struct onvif_said ask_with(enum onvif_call call, int status, const char *headers,
                                  const char *body)
{
    struct http h = { 0 };
    struct onvif_ask ask = { .call = call, .path = "/onvif/device_service" };
    struct onvif_said said;
    char *head = xformat("HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n", status, headers,
                         strlen(body));

    http_take(&h, (const uint8_t *)head, strlen(head));
    http_take(&h, (const uint8_t *)body, strlen(body));
    assert_int_equal(h.state, HTTP_WHOLE);
    answer_read(&h, &ask, &said);
    http_clear(&h);
    free(head);
    return said;
}

static struct onvif_said ask(enum onvif_call call, const char *body)
{
    return ask_with(call, 200, "", body);
}

static void the_clock_is_read_in_utc(void **state)
{
    struct onvif_said said = ask(
        ONVIF_DATE,
        ENVELOPE("<d:GetSystemDateAndTimeResponse><d:SystemDateAndTime><x:UTCDateTime>"
                 "<x:Time><x:Hour>16</x:Hour><x:Minute>20</x:Minute><x:Second>9</x:Second>"
                 "</x:Time><x:Date><x:Year>2026</x:Year><x:Month>11</x:Month><x:Day>21"
                 "</x:Day></x:Date></x:UTCDateTime></d:SystemDateAndTime>"
                 "</d:GetSystemDateAndTimeResponse>"));

    assert_int_equal(said.end, ONVIF_WELL);
    assert_int_equal(said.clock_us, INT64_C(1795278009000000));
    said = ask(ONVIF_DATE, ENVELOPE("<d:GetSystemDateAndTimeResponse/>"));
    assert_int_equal(said.clock_us, 0);
}

static void elements_count_by_their_namespace_not_by_their_prefix(void **state)
{
    static const char other[] =
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>"
        "<tds:GetDeviceInformationResponse xmlns:tds=\"http://example.com/other\">"
        "<tds:Manufacturer>X</tds:Manufacturer></tds:GetDeviceInformationResponse>"
        "</s:Body></s:Envelope>";
    static const char whole[] =
        "<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Body>"
        "<GetDeviceInformationResponse xmlns=\"http://www.onvif.org/ver10/device/wsdl\">"
        "<Manufacturer> KBVision\n</Manufacturer><Model>KX-\xc4\x90\x32</Model>"
        "</GetDeviceInformationResponse></Body></Envelope>";
    struct onvif_said said = ask(ONVIF_INFORMATION, other);

    assert_int_equal(said.end, ONVIF_NO_SENSE);
    said = ask(ONVIF_INFORMATION, whole);
    assert_int_equal(said.end, ONVIF_WELL);
    assert_string_equal(said.make, "KBVision");
    assert_string_equal(said.model, "KX-\xc4\x90\x32");
}

static void profiles_come_with_what_their_encoder_is_set_to(void **state)
{
    struct onvif_said said = ask(
        ONVIF_GET_PROFILES,
        ENVELOPE(
            "<m:GetProfilesResponse><m:Profiles token=\"P1\" fixed=\"true\"><x:Name>main"
            "</x:Name><x:VideoEncoderConfiguration token=\"V1\"><x:Encoding>H264"
            "</x:Encoding><x:Resolution><x:Width>1920</x:Width><x:Height>1080</x:Height>"
            "</x:Resolution><x:RateControl><x:FrameRateLimit>25</x:FrameRateLimit>"
            "<x:BitrateLimit>4096</x:BitrateLimit></x:RateControl><x:H264><x:GovLength>50"
            "</x:GovLength></x:H264></x:VideoEncoderConfiguration></m:Profiles>"
            "<m:Profiles token=\"\"/><m:Profiles token=\"P2\"/></m:GetProfilesResponse>"));

    assert_int_equal(said.profile_count, 2);
    assert_string_equal(said.profiles[0].token, "P1");
    assert_string_equal(said.profiles[0].encoder, "V1");
    assert_string_equal(said.profiles[0].encoding, "H264");
    assert_int_equal(said.profiles[0].width, 1920);
    assert_int_equal(said.profiles[0].gop, 50);
    assert_int_equal(said.profiles[0].fps, 25);
    assert_string_equal(said.profiles[1].token, "P2");
    assert_int_equal(said.profiles[1].width, 0);
}

static void the_newer_media_service_tells_of_h265(void **state)
{
    struct onvif_said said = ask(
        ONVIF_GET_PROFILES2,
        ENVELOPE("<n:GetProfilesResponse xmlns:n=\"http://www.onvif.org/ver20/media/wsdl\">"
                 "<n:Profiles token=\"P1\"><n:Name>main</n:Name><n:Configurations>"
                 "<n:VideoEncoder token=\"V1\" GovLength=\"40\"><x:Encoding>H265"
                 "</x:Encoding><x:Resolution><x:Width>2560</x:Width><x:Height>1440"
                 "</x:Height></x:Resolution><x:RateControl><x:FrameRateLimit>20.0"
                 "</x:FrameRateLimit></x:RateControl></n:VideoEncoder></n:Configurations>"
                 "</n:Profiles><n:Profiles token=\"P2\"/></n:GetProfilesResponse>"));

    assert_int_equal(said.profile_count, 1); /* the other one has no video */
    assert_string_equal(said.profiles[0].name, "main");
    assert_string_equal(said.profiles[0].encoding, "H265");
    assert_int_equal(said.profiles[0].width, 2560);
    assert_int_equal(said.profiles[0].gop, 40);
    assert_int_equal(said.profiles[0].fps, 20);
    said = ask(ONVIF_STREAM_URI2,
               ENVELOPE("<n:GetStreamUriResponse xmlns:n=\"http://www.onvif.org/ver20/media/"
                        "wsdl\"><n:Uri>rtsp://10.0.0.2/1</n:Uri></n:GetStreamUriResponse>"));
    assert_string_equal(said.uri, "rtsp://10.0.0.2/1");
}

static void a_pull_point_is_remembered_with_what_it_wants_back(void **state)
{
    struct onvif_said said = ask(
        ONVIF_SUBSCRIBE,
        ENVELOPE("<ev:CreatePullPointSubscriptionResponse><ev:SubscriptionReference>"
                 "<w:Address>http://10.0.0.1/sub?id=1</w:Address><w:ReferenceParameters>"
                 "<q:SubscriptionId xmlns:q=\"urn:q\">7&amp;8</q:SubscriptionId>"
                 "</w:ReferenceParameters></ev:SubscriptionReference>"
                 "</ev:CreatePullPointSubscriptionResponse>"));
    struct onvif_ask next = { .call = ONVIF_PULL,
                              .host = "10.0.0.1",
                              .path = "/sub?id=1",
                              .wait_s = 10,
                              .reference = said.reference };
    struct bytes request = { 0 };

    assert_string_equal(said.uri, "http://10.0.0.1/sub?id=1");
    soap_write(&request, &next);
    char *text = bytes_take(&request);
    assert_non_null(strstr(text, "<r:SubscriptionId xmlns:r=\"urn:q\" "
                                 "a:IsReferenceParameter=\"true\">7&amp;8<"));
    assert_non_null(strstr(text, "<Timeout>PT10S</Timeout>"));
    assert_non_null(strstr(text, "POST /sub?id=1 HTTP/1.1\r\n"));
    free(text);
}

static void every_way_to_ask_for_a_login_is_seen(void **state)
{
    static const char refused[] =
        ENVELOPE("<E:Fault><E:Code><E:Value>E:Sender</E:Value><E:Subcode><E:Value>"
                 "q:NotAuthorized</E:Value></E:Subcode></E:Code><E:Reason><E:Text>Sender "
                 "not authorized</E:Text></E:Reason></E:Fault>");
    static const char old[] =
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
        "<s:Fault><faultcode>wsse:FailedAuthentication</faultcode><faultstring>no"
        "</faultstring></s:Fault></s:Body></s:Envelope>";
    struct onvif_said said = ask_with(
        ONVIF_GET_PROFILES, 401,
        "WWW-Authenticate: Digest realm=\"cam\", nonce=\"n1\", qop=\"auth\"\r\n", "");

    assert_int_equal(said.end, ONVIF_LOGIN);
    assert_true(said.challenged);
    assert_string_equal(said.challenge.nonce, "n1");
    assert_string_equal(said.challenge.method, "POST");
    assert_string_equal(said.challenge.uri, "/onvif/device_service");
    said = ask_with(ONVIF_GET_PROFILES, 400, "", refused);
    assert_int_equal(said.end, ONVIF_LOGIN);
    assert_false(said.challenged);
    assert_int_equal(ask_with(ONVIF_GET_PROFILES, 500, "", old).end, ONVIF_LOGIN);
    /* Basic would show the password to whoever asks for it. */
    said = ask_with(ONVIF_GET_PROFILES, 401, "WWW-Authenticate: Basic realm=\"c\"\r\n", "");
    assert_int_equal(said.end, ONVIF_LOGIN);
    assert_false(said.challenged);
}

static void any_other_fault_keeps_its_reason(void **state)
{
    struct onvif_said said = ask_with(
        ONVIF_SUBSCRIBE, 500, "",
        ENVELOPE("<E:Fault><E:Code><E:Value>E:Receiver</E:Value></E:Code><E:Reason>"
                 "<E:Text>too many\r\nsubscriptions</E:Text></E:Reason></E:Fault>"));

    assert_int_equal(said.end, ONVIF_FAULT);
    assert_int_equal(said.status, 500);
    assert_string_equal(said.detail, "too many subscriptions"); /* libxml2 makes it one LF */
}

static void bombs_and_deep_or_broken_xml_make_no_sense(void **state)
{
    struct bytes deep = { 0 }, many = { 0 };
    static const char bomb[] =
        "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c "
        "\"&b;&b;&b;&b;\">]><l>&c;</l>";
    static const char outside[] =
        "<!DOCTYPE l [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><l>&f;</l>";

    for (int i = 0; i < 100000; i++)
        bytes_text(&deep, "<a>");
    for (int i = 0; i < 40000; i++)
        bytes_text(&many, i ? "<a/>" : "<l>");
    char *texts[] = { xstrdup(bomb), xstrdup(outside), bytes_take(&deep), bytes_take(&many),
                      xstrdup(""), xstrdup("not xml"), xstrdup("<a><b></a>") };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct onvif_said said = ask(ONVIF_GET_PROFILES, texts[i]);
        assert_int_equal(said.end, ONVIF_NO_SENSE);
        assert_true(said.detail[0]);
        free(texts[i]);
    }
}

static void a_text_in_another_encoding_does_not_reach_for_files(void **state)
{
    const char *why;
    static const char text[] = "<?xml version=\"1.0\" encoding=\"GB2312\"?><a>\xb0\xa1</a>";
    xmlDoc *doc = xml_read((const uint8_t *)text, sizeof text - 1, &why);
    char read[8];

    assert_non_null(doc);
    xml_text(xmlDocGetRootElement(doc), read, sizeof read);
    assert_string_equal(read, "??");
    xmlFreeDoc(doc);
}

static void what_goes_into_a_request_is_escaped(void **state)
{
    struct onvif_ask a = { .call = ONVIF_STREAM_URI,
                           .host = "10.0.0.1:80",
                           .path = "/onvif/Media",
                           .token = "</x>&\"",
                           .user = "<admin>",
                           .digest = "d",
                           .nonce = "n",
                           .created = "c",
                           .authorization = "Digest x" };
    struct bytes request = { 0 };

    soap_write(&request, &a);
    char *text = bytes_take(&request);
    assert_non_null(strstr(text, "<ProfileToken>&lt;/x&gt;&amp;&quot;</ProfileToken>"));
    assert_non_null(strstr(text, "<Username>&lt;admin&gt;</Username>"));
    assert_non_null(strstr(text, "\r\nAuthorization: Digest x\r\n"));
    const char *body = strstr(text, "\r\n\r\n") + 4;
    char *length = xformat("Content-Length: %zu\r\n", strlen(body));
    assert_non_null(strstr(text, length));
    free(length);
    free(text);
}

static void a_discovery_answer_names_the_device(void **state)
{
    struct onvif_ask a = { .call = ONVIF_MATCHES };
    struct onvif_said said;

    snprintf(a.datagram, sizeof a.datagram, "%s",
             "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:d=\""
             "http://schemas.xmlsoap.org/ws/2005/04/discovery\" xmlns:a=\""
             "http://schemas.xmlsoap.org/ws/2004/08/addressing\"><e:Body><d:ProbeMatches>"
             "<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1</a:Address>"
             "</a:EndpointReference><d:Scopes>onvif://www.onvif.org/name/Cam</d:Scopes>"
             "<d:XAddrs>http://10.0.0.9/onvif/device_service</d:XAddrs></d:ProbeMatch>"
             "</d:ProbeMatches></e:Body></e:Envelope>");
    answer_read_matches(&a, &said);
    assert_int_equal(said.end, ONVIF_WELL);
    assert_string_equal(said.uri, "http://10.0.0.9/onvif/device_service");
    assert_string_equal(said.identity, "urn:uuid:1");
    snprintf(a.datagram, sizeof a.datagram, "<a/>");
    answer_read_matches(&a, &said);
    assert_int_equal(said.end, ONVIF_NO_SENSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_is_read_in_utc),
        cmocka_unit_test(elements_count_by_their_namespace_not_by_their_prefix),
        cmocka_unit_test(profiles_come_with_what_their_encoder_is_set_to),
        cmocka_unit_test(the_newer_media_service_tells_of_h265),
        cmocka_unit_test(a_pull_point_is_remembered_with_what_it_wants_back),
        cmocka_unit_test(every_way_to_ask_for_a_login_is_seen),
        cmocka_unit_test(any_other_fault_keeps_its_reason),
        cmocka_unit_test(bombs_and_deep_or_broken_xml_make_no_sense),
        cmocka_unit_test(a_text_in_another_encoding_does_not_reach_for_files),
        cmocka_unit_test(what_goes_into_a_request_is_escaped),
        cmocka_unit_test(a_discovery_answer_names_the_device),
    };
    xml_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
