#include "measure.h"

const char *codec_word(enum codec codec)
{
    static const char *const words[] = {
        [CODEC_NONE] = "",   [CODEC_H264] = "h264", [CODEC_H265] = "h265",
        [CODEC_AAC] = "aac", [CODEC_PCMA] = "pcma", [CODEC_PCMU] = "pcmu"
    };

    return words[codec];
}

static void measure_gop(struct measure *m, const struct packet *p)
{
    if (m->key_pts >= 0 && m->run == p->run && p->pts > m->key_pts && p->track->clock > 0)
        m->gop_s = (double)(p->pts - m->key_pts) / p->track->clock;
    m->key_pts = p->pts;
    m->run = p->run;
}

void measure_packet(struct measure *m, const struct packet *p)
{
    if (!m->since_us)
        m->since_us = p->arrived_us;
    m->bytes += (int64_t)p->size;
    if (p->which == TRACK_AUDIO) {
        m->sound = p->track->codec;
        return;
    }
    m->codec = p->track->codec;
    m->pictures++;
    if (p->key)
        measure_gop(m, p);
}

void measure_take(struct measure *m, int64_t now_us, double *fps, int64_t *bits_per_s)
{
    double seconds = m->since_us ? (double)(now_us - m->since_us) / 1e6 : 0;

    *fps = seconds > 0 ? (double)m->pictures / seconds : 0;
    *bits_per_s = seconds > 0 ? (int64_t)((double)m->bytes * 8 / seconds) : 0;
    if (m->since_us)
        m->since_us = now_us;
    m->pictures = m->bytes = 0;
}

void measure_break(struct measure *m)
{
    m->since_us = m->bytes = m->pictures = 0;
    m->key_pts = -1;
    m->codec = m->sound = CODEC_NONE;
    m->gop_s = 0;
}
