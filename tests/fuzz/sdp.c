/* A description from a hostile camera. Whatever it says, what is made of it keeps to its
 * limits. */
#include <assert.h>
#include <string.h>

#include "session/parameters.h"
#include "session/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char base[] = "rtsp://[fe80::1%25eth0]:554/live?channel=1";
    char whole[URL_MAX];
    struct sdp sdp;
    bool usable = sdp_read((struct span){ (const char *)bytes, size }, &sdp);

    assert(usable == (sdp.tracks[TRACK_VIDEO].track.codec != CODEC_NONE));
    assert(strlen(sdp.unusable) < sizeof sdp.unusable);
    for (int i = 0; i < TRACKS; i++) {
        const struct sdp_track *t = &sdp.tracks[i];

        if (t->track.codec == CODEC_NONE)
            continue;
        assert(t->track.clock > 0 && t->track.parameters_size <= PARAMETERS_MAX);
        assert(t->payload_type < 128 && strlen(t->control) < URL_MAX);
        assert(t->track.codec != CODEC_AAC || t->track.parameters_size >= 2);
        if (url_join(whole, base, span_of(t->control)))
            assert(url_is_whole(span_of(whole)));
    }
    if (usable)
        assert(parameters_reorder(&sdp.tracks[TRACK_VIDEO].track) <= 16);
    return 0;
}
