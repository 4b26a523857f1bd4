/*
 * How the disks are, in JSON: all together, and each.
 */
#include "core/clock.h"
#include "core/time_text.h"
#include "inside.h"

double kengd_days(const struct kengd *k, const struct volume_state *disk)
{
    enum { BELIEVED_AFTER_S = 60 };
    double running_s = (double)(clock_mono_us() - k->started_us) / 1e6;
    double recorded_s =
        disk->oldest_us ? (double)(clock_wall_us() - disk->oldest_us) / 1e6 : 0;

    if (running_s < BELIEVED_AFTER_S || disk->written_bytes == 0)
        return -1;
    double left_s = (double)(disk->free_bytes - disk->reserve_bytes) * running_s /
                    (double)disk->written_bytes;
    return (recorded_s + (left_s > 0 ? left_s : 0)) / 86400;
}

double kengd_fewest_days(const struct kengd *k, size_t *which)
{
    double fewest = -1;

    for (size_t i = 0; i < settings_volume_count(k->set); i++) {
        struct volume_state disk;
        storage_volume_state(k->storage, i, &disk);
        double days = kengd_days(k, &disk);
        if (days < 0 || (fewest >= 0 && days >= fewest))
            continue;
        fewest = days;
        if (which)
            *which = i;
    }
    return fewest;
}

json_t *moment_json(int64_t us)
{
    char text[TIME_TEXT_MAX];

    return us ? json_string(time_text(us, text)) : json_null();
}

static json_t *days_json(double days)
{
    return days < 0 ? json_null() : json_real(days);
}

static json_t *disk_json(const struct volume_state *disk, double days)
{
    const int64_t *count = disk->given_up_count;

    return json_pack("{s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:s, s:i, s:I, "
                     "s:I, s:I}", "ok",
                     disk->ok, "why", disk->why, "free_bytes", (json_int_t)disk->free_bytes,
                     "size_bytes", (json_int_t)disk->size_bytes, "reserve_bytes",
                     (json_int_t)disk->reserve_bytes, "written_bytes",
                     (json_int_t)disk->written_bytes, "dropped", (json_int_t)disk->dropped,
                     "damaged", (json_int_t)disk->damaged, "days", days_json(days), "checked",
                     moment_json(disk->scrubbed_us), "checked_at_seconds",
                     (json_int_t)(disk->scrubbed_us / 1000000), "given_up",
                     sacrifice_word(disk->given_up), "given_up_level", (int)disk->given_up,
                     "live_withheld", (json_int_t)count[SACRIFICE_LIVE], "detection_paused_s",
                     (json_int_t)count[SACRIFICE_DETECTION], "sub_dropped",
                     (json_int_t)count[SACRIFICE_SUB]);
}

json_t *disks_json(const struct kengd *k)
{
    struct volume_state disk;
    json_t *volumes = json_array();

    for (size_t i = 0; i < settings_volume_count(k->set); i++) {
        struct volume_settings volume = settings_volume(k->set, i);
        storage_volume_state(k->storage, i, &disk);
        json_t *one = disk_json(&disk, kengd_days(k, &disk));
        json_object_set_new(one, "id", json_string(*volume.id ? volume.id : FIRST_VOLUME));
        json_object_set_new(one, "path", json_string(volume.path));
        json_object_set_new(one, "cameras", json_integer((json_int_t)disk.cameras));
        json_array_append_new(volumes, one);
    }
    storage_state(k->storage, &disk);
    json_t *all = disk_json(&disk, kengd_fewest_days(k, NULL));
    json_object_set_new(all, "volumes", volumes);
    return all;
}
