#include "payload.h"

bool g711_is_frame(const struct rtp_packet *packet)
{
    return packet->size > 0 && packet->size <= AUDIO_FRAME_MAX;
}
