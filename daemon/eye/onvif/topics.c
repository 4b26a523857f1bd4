#include "topics.h"

#include <string.h>
#include <strings.h>

#include "core/memory.h"

/* `item` names the value that counts; NULL: the first that is true or false. `pulse`: it
 * comes without a state, and is on by coming. */
static const struct {
    const char *topic, *item;
    enum onvif_kind kind;
    bool pulse;
} topics[] = {
    { "RuleEngine/CellMotionDetector/Motion", "IsMotion", ONVIF_MOTION, false },
    { "RuleEngine/MotionRegionDetector/Motion", "State", ONVIF_MOTION, false },
    { "VideoSource/MotionAlarm", "State", ONVIF_MOTION, false },
    { "VideoAnalytics/Motion", NULL, ONVIF_MOTION, false },
    { "RuleEngine/FieldDetector/ObjectsInside", "IsInside", ONVIF_MOTION, false },
    { "RuleEngine/LineDetector/Crossed", NULL, ONVIF_MOTION, true },
    { "RuleEngine/CellMotionDetector/LineCross", "IsLineCross", ONVIF_MOTION, false },
    { "RuleEngine/CellMotionDetector/Intrusion", "IsIntrusion", ONVIF_MOTION, false },
    { "RuleEngine/CellMotionDetector/People", "IsPeople", ONVIF_HUMAN, false },
    { "RuleEngine/PeopleDetector/People", "IsPeople", ONVIF_HUMAN, false },
    { "RuleEngine/MyRuleDetector/PeopleDetect", "State", ONVIF_HUMAN, false },
    { "RuleEngine/MyRuleDetector/FaceDetect", "State", ONVIF_HUMAN, false },
    { "RuleEngine/HumanShapeDetector/HumanShape", NULL, ONVIF_HUMAN, false },
    { "UserAlarm/IVA/HumanShapeDetect", NULL, ONVIF_HUMAN, false },
    { "RuleEngine/MyRuleDetector/VehicleDetect", "State", ONVIF_VEHICLE, false },
    { "RuleEngine/TPSmartEventDetector/TPSmartEvent", "IsVehicle", ONVIF_VEHICLE, false },
    { "UserAlarm/IVA/CarDetect", NULL, ONVIF_VEHICLE, false },
    { "RuleEngine/TamperDetector/Tamper", "IsTamper", ONVIF_TAMPER, false },
    { "RuleEngine/CellMotionDetector/Tamper", "IsTamper", ONVIF_TAMPER, false },
    { "VideoSource/GlobalSceneChange/ImagingService", "State", ONVIF_TAMPER, false },
    { "VideoSource/GlobalSceneChange/AnalyticsService", "State", ONVIF_TAMPER, false },
    { "VideoSource/ImageTooBlurry/ImagingService", "State", ONVIF_TAMPER, false },
    { "VideoSource/ImageTooBlurry/AnalyticsService", "State", ONVIF_TAMPER, false },
    { "VideoSource/ImageTooDark/ImagingService", "State", ONVIF_TAMPER, false },
    { "VideoSource/ImageTooDark/AnalyticsService", "State", ONVIF_TAMPER, false },
};

/* "tns1:RuleEngine/tns1:Cell..." without prefixes, which are the device's own. */
static void read_topic(const xmlNode *notification, char to[ONVIF_TEXT])
{
    char raw[256];
    size_t used = 0;

    xml_text(xml_child(notification, NS_NOTIFY, "Topic"), raw, sizeof raw);
    for (char *part = raw; part && used + 1 < ONVIF_TEXT;) {
        char *slash = strchr(part, '/'), *end = slash ? slash : part + strlen(part);
        char *colon = memchr(part, ':', (size_t)(end - part));
        char *name = colon ? colon + 1 : part;
        if (used > 0)
            to[used++] = '/';
        for (; name < end && used + 1 < ONVIF_TEXT; name++)
            to[used++] = *name;
        part = slash ? slash + 1 : NULL;
    }
    to[used] = 0;
}

static bool read_state(const char *value, bool *on)
{
    *on = strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0;
    return *on || strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0;
}

/* The value of that name, or the first that is a state. */
static bool find_state(const xmlNode *data, const char *item, bool *on)
{
    char name[64], value[32];
    const xmlNode *at = xml_child(data, NS_SCHEMA, "SimpleItem");
    bool found = false;

    for (; at; at = xml_next(at, NS_SCHEMA, "SimpleItem")) {
        bool state;
        xml_attribute(at, "Name", name, sizeof name);
        xml_attribute(at, "Value", value, sizeof value);
        if (!read_state(value, &state))
            continue;
        if (item && strcasecmp(name, item) == 0) {
            *on = state;
            return true;
        }
        if (!found)
            *on = state;
        found = true;
    }
    return found;
}

bool topic_read(const xmlNode *notification, struct onvif_event *out)
{
    const xmlNode *holder = xml_child(notification, NS_NOTIFY, "Message");
    const xmlNode *message = xml_child(holder, NS_SCHEMA, "Message");
    const xmlNode *source = xml_child(message, NS_SCHEMA, "Source");
    char operation[16];
    const char *item = NULL;
    bool pulse = false;

    *out = (struct onvif_event){ .kind = ONVIF_OTHER };
    if (!message)
        return false;
    read_topic(notification, out->topic);
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        if (strcmp(topics[i].topic, out->topic) != 0)
            continue;
        out->kind = topics[i].kind;
        item = topics[i].item;
        pulse = topics[i].pulse;
    }
    xml_attribute(xml_child(source, NS_SCHEMA, "SimpleItem"), "Value", out->source,
                  sizeof out->source);
    xml_attribute(message, "PropertyOperation", operation, sizeof operation);
    out->first = strcmp(operation, "Initialized") == 0;
    if (strcmp(operation, "Deleted") == 0)
        return out->kind != ONVIF_OTHER; /* off: it watches no longer */
    if (find_state(xml_child(message, NS_SCHEMA, "Data"), item, &out->on))
        return true;
    out->on = out->pulse = pulse && !out->first;
    return pulse;
}
