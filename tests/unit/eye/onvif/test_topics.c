#include "check.h"
#include "onvif/topics.h"

/* One notification with a topic and its message's inside. */
static bool read_one(const char *topic, const char *operation, const char *items,
                     struct onvif_event *out)
{
    const char *why;
    char *text = xformat(
        "<w:NotificationMessage xmlns:w=\"http://docs.oasis-open.org/wsn/b-2\" xmlns:x=\""
        "http://www.onvif.org/ver10/schema\"><w:Topic Dialect=\"d\">%s</w:Topic>"
        "<w:Message><x:Message UtcTime=\"2026-11-21T00:00:00Z\" PropertyOperation=\"%s\">"
        "<x:Source><x:SimpleItem Name=\"Source\" Value=\"V1\"/></x:Source>"
        "<x:Data>%s</x:Data></x:Message></w:Message></w:NotificationMessage>",
        topic, operation, items);
    xmlDoc *doc = xml_read((const uint8_t *)text, strlen(text), &why);

    assert_non_null(doc);
    bool read = topic_read(xmlDocGetRootElement(doc), out);
    xmlFreeDoc(doc);
    free(text);
    return read;
}

static void what_cameras_call_motion_people_cars_and_tampering_is_known(void **state)
{
    static const struct {
        const char *topic, *items;
        enum onvif_kind kind;
        bool on;
    } rows[] = {
        { "tns1:RuleEngine/CellMotionDetector/Motion",
          "<x:SimpleItem Name=\"IsMotion\" Value=\"true\"/>", ONVIF_MOTION, true },
        { "tns1:RuleEngine/tns1:CellMotionDetector/tns1:Motion",
          "<x:SimpleItem Name=\"IsMotion\" Value=\"false\"/>", ONVIF_MOTION, false },
        { "tns1:VideoSource/MotionAlarm", "<x:SimpleItem Name=\"State\" Value=\"1\"/>",
          ONVIF_MOTION, true },
        { "tns1:UserAlarm/IVA/HumanShapeDetect",
          "<x:SimpleItem Name=\"Other\" Value=\"x\"/>"
          "<x:SimpleItem Name=\"State\" Value=\"True\"/>",
          ONVIF_HUMAN, true },
        { "tns1:RuleEngine/PeopleDetector/People",
          "<x:SimpleItem Name=\"IsPeople\" Value=\"true\"/>", ONVIF_HUMAN, true },
        { "tns1:RuleEngine/MyRuleDetector/VehicleDetect",
          "<x:SimpleItem Name=\"State\" Value=\"true\"/>", ONVIF_VEHICLE, true },
        { "t:RuleEngine/TamperDetector/Tamper",
          "<x:SimpleItem Name=\"IsTamper\" Value=\"true\"/>", ONVIF_TAMPER, true },
        { "tns1:VideoSource/GlobalSceneChange/ImagingService",
          "<x:SimpleItem Name=\"State\" Value=\"0\"/>", ONVIF_TAMPER, false },
        { "tns1:RuleEngine/LineDetector/Crossed",
          "<x:SimpleItem Name=\"ObjectId\" Value=\"15\"/>", ONVIF_MOTION, true },
        { "tns1:Device/Trigger/Relay", "<x:SimpleItem Name=\"Level\" Value=\"true\"/>",
          ONVIF_OTHER, true },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct onvif_event e;
        assert_true(read_one(rows[i].topic, "Changed", rows[i].items, &e));
        assert_int_equal(e.kind, rows[i].kind);
        assert_int_equal(e.on, rows[i].on);
        assert_false(e.first);
        assert_string_equal(e.source, "V1");
    }
}

static void the_named_value_counts_before_others(void **state)
{
    struct onvif_event e;

    assert_true(read_one("tns1:RuleEngine/CellMotionDetector/Motion", "Changed",
                         "<x:SimpleItem Name=\"Armed\" Value=\"true\"/>"
                         "<x:SimpleItem Name=\"IsMotion\" Value=\"false\"/>",
                         &e));
    assert_false(e.on);
}

static void the_state_at_the_beginning_is_marked_and_a_deleted_one_is_off(void **state)
{
    static const char on[] = "<x:SimpleItem Name=\"State\" Value=\"true\"/>";
    struct onvif_event e;

    assert_true(read_one("tns1:VideoSource/MotionAlarm", "Initialized", on, &e));
    assert_true(e.on && e.first);
    assert_true(read_one("tns1:VideoSource/MotionAlarm", "Deleted", on, &e));
    assert_false(e.on);
}

static void without_a_state_nothing_is_told(void **state)
{
    struct onvif_event e;

    assert_false(read_one("tns1:VideoSource/MotionAlarm", "Changed", "", &e));
    assert_false(read_one("tns1:VideoSource/MotionAlarm", "Changed",
                          "<x:SimpleItem Name=\"State\" Value=\"maybe\"/>", &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cameras_call_motion_people_cars_and_tampering_is_known),
        cmocka_unit_test(the_named_value_counts_before_others),
        cmocka_unit_test(the_state_at_the_beginning_is_marked_and_a_deleted_one_is_off),
        cmocka_unit_test(without_a_state_nothing_is_told),
    };
    xml_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
