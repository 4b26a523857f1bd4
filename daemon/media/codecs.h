/*
 * What a sample entry says of its codec, as RFC 6381 text: "avc1.4d0028",
 * "hvc1.1.6.L93.B0", "mp4a.40.2", "opus". Thread: any. Errors: ERR_MEDIA. Source: RFC
 * 6381, 3.3 and 3.4; ISO/IEC 14496-15, 5.3.3, 8.3.3 and annex E.3; ISO/IEC
 * 14496-1, 7.2.6.5 and 7.2.6.6; 14496-3, 1.6.2.1.
 */
#pragma once
#include "box.h"
#include "media/fragment.h"

/* `children`: the boxes inside the sample entry. */
bool codec_text(const struct box *entry, struct span children, char to[CODEC_TEXT_MAX],
                struct error *err);
