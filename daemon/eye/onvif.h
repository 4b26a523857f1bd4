/*
 * The process that talks ONVIF with one device: one call at a time, each on a connection
 * that kengd dialled. It knows no password and keeps nothing from one call to the next.
 * Thread: main, in a process of its own. Source: ONVIF Core Specification 2.x, SOAP 1.2.
 */
#pragma once

/* A child of the nursery. Ends with its link. */
_Noreturn void onvif_run(int link);
