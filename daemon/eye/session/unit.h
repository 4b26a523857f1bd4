/*
 * An access unit being joined from NAL units: one growing buffer, each NAL behind its
 * length as MP4 wants it, nothing scanned. Parameter sets are taken out and kept beside
 * it; access unit delimiters, ends of sequence and filler are left out.
 * Thread: the owner's. Source: ISO/IEC 14496-10, 7.4.1; ISO/IEC 23008-2, 7.4.2.2.
 */
#pragma once
#include "../packet.h"
#include "core/bytes.h"

struct unit {
    enum codec codec;
    struct bytes bytes;
    struct bytes sets; /* parameter sets, each behind 2 bytes of length */
    size_t nal_at; /* where the length of the NAL being written stands */
    bool nal_open; /* a NAL came in part; the rest is in later packets */
    bool has_picture;
    bool key;
    bool broken;      /* a piece is missing: not to be handed on */
    bool after_hole;  /* packets were lost just before: it may lack its beginning */
    int64_t left_out; /* NAL units and packets that nobody can use */
};

void unit_begin_nal(struct unit *u, const uint8_t *bytes, size_t size);
void unit_more_nal(struct unit *u, const uint8_t *bytes, size_t size);
void unit_end_nal(struct unit *u);
void unit_nal(struct unit *u, const uint8_t *bytes, size_t size); /* all of it at once */

/* Something in a packet cannot be used. */
void unit_leave_out(struct unit *u, bool is_picture);

/* Forgets what was joined; keeps the memory. */
void unit_clear(struct unit *u);
void unit_free(struct unit *u);
