/*
 * What cameras and recorders describe their streams as, quirks kept, and the verdict for
 * each: 40 of them.
 */
#pragma once
#include "session/sdp.h"
#include "sets.h"

static const struct description {
    const char *name, *text;
    enum codec video; /* CODEC_NONE: it cannot be taken, and `unusable` says why */
    uint32_t video_clock;
    int video_type;
    const char *session_control, *video_control;
    bool has_sets;
    enum codec audio;
    uint32_t audio_clock;
    const char *unusable;
} corpus[] = {
    { "a recorder's main stream with metadata",
      "v=0\r\no=- 1109162014219182 1109162014219182 IN IP4 0.0.0.0\r\ns=Media Presentation\r\n"
      "e=NONE\r\nb=AS:5100\r\nt=0 0\r\na=control:rtsp://10.0.0.2/Streaming/Channels/101/\r\n"
      "m=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\nb=AS:5000\r\na=recvonly\r\n"
      "a=x-dimensions:1920,1080\r\n"
      "a=control:rtsp://10.0.0.2/Streaming/Channels/101/trackID=1\r\n"
      "a=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=420029; packetization-mode=1; "
      "sprop-parameter-sets=" SPS_MAIN "," PPS "\r\n"
      "m=audio 0 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\na=recvonly\r\n"
      "a=control:rtsp://10.0.0.2/Streaming/Channels/101/trackID=2\r\na=rtpmap:8 PCMA/8000\r\n"
      "m=application 0 RTP/AVP 107\r\na=control:rtsp://10.0.0.2/x/trackID=3\r\n"
      "a=rtpmap:107 vnd.onvif.metadata/90000\r\n",
      CODEC_H264, 90000, 96, "rtsp://10.0.0.2/Streaming/Channels/101/",
      "rtsp://10.0.0.2/Streaming/Channels/101/trackID=1", true, CODEC_PCMA, 8000, NULL },
    { "H.265 with sets in three parameters, AAC, relative controls",
      "v=0\r\no=- 2251938202 2251938202 IN IP4 0.0.0.0\r\ns=RTSP Session/2.0\r\nt=0 0\r\n"
      "a=control:*\r\na=range:npt=now-\r\na=packetization-supported:DH\r\n"
      "m=video 0 RTP/AVP 98\r\na=control:trackID=0\r\na=framerate:25.000000\r\n"
      "a=rtpmap:98 H265/90000\r\na=fmtp:98 profile-id=1;sprop-sps=" SPS_265
      ";sprop-pps=" PPS_265 ";sprop-vps=" VPS_265 "\r\na=recvonly\r\n"
      "m=audio 0 RTP/AVP 97\r\na=control:trackID=1\r\na=rtpmap:97 MPEG4-GENERIC/48000\r\n"
      "a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;"
      "indexdeltalength=3;config=1188\r\na=recvonly\r\n",
      CODEC_H265, 90000, 98, "*", "trackID=0", true, CODEC_AAC, 48000, NULL },
    { "line feeds only, no origin, sets behind the fmtp's blank",
      "v=0\ns=streamed\nt=0 0\na=control:*\nm=video 0 RTP/AVP 96\nb=AS:500\n"
      "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1; sprop-parameter-sets = " SPS_BASELINE
      "," PPS "\na=control:track1\n",
      CODEC_H264, 90000, 96, "*", "track1", true, CODEC_NONE, 0, NULL },
    { "no session control, a comma behind the sets",
      "v=0\r\no=VSTC 3836310016 3836310016 IN IP4 10.0.0.9\r\ns=x\r\nc=IN IP4 0.0.0.0\r\n"
      "t=0 0\r\nm=video 0 RTP/AVP 96\r\nb=AS:1536\r\na=control:track0\r\n"
      "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=" SPS_MAIN
      "," PPS ",\r\n",
      CODEC_H264, 90000, 96, "", "track0", true, CODEC_NONE, 0, NULL },
    { "no control at all",
      "v=0\r\ns=ipc\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_NONE, 0, NULL },
    { "audio first, no sets",
      "v=0\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\nm=video 0 RTP/AVP 97\r\n"
      "a=rtpmap:97 H265/90000\r\na=control:v\r\n",
      CODEC_H265, 90000, 97, "", "v", false, CODEC_PCMU, 8000, NULL },
    { "two videos: the first that can be taken",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:jpeg\r\nm=video 0 RTP/AVP 96\r\n"
      "a=rtpmap:96 H264/90000\r\na=control:main\r\nm=video 0 RTP/AVP 97\r\n"
      "a=rtpmap:97 H264/90000\r\na=control:sub\r\n",
      CODEC_H264, 90000, 96, "", "main", false, CODEC_NONE, 0, NULL },
    { "two payload types in one section: the one that can be taken",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 99 96\r\na=rtpmap:99 VP8/90000\r\n"
      "a=rtpmap:96 h264/90000\r\na=fmtp:96 packetization-mode=1\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_NONE, 0, NULL },
    { "no clock rate",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264\r\na=control:*\r\n",
      CODEC_H264, 90000, 96, "", "*", false, CODEC_NONE, 0, NULL },
    { "a clock rate of zero, another of its own",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/0\r\n"
      "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 PCMU/16000/1\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_PCMU, 16000, NULL },
    { "an odd clock rate is taken as it is",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/10000\r\n", CODEC_H264,
      10000, 96, "", "", false, CODEC_NONE, 0, NULL },
    { "no rtpmap, but parameters that only H.264 has",
      "v=0\r\nt=0 0\r\nm=video 554 RTP/AVP 96\r\na=fmtp:96 sprop-parameter-sets=\"" SPS_MAIN
      "," PPS "\"\r\n",
      CODEC_H264, 90000, 96, "", "", true, CODEC_NONE, 0, NULL },
    { "RTP/AVP/TCP, blanks everywhere",
      "v=0\r\nt=0 0\r\nm=video  0  RTP/AVP/TCP  96 \r\na=rtpmap: 96  H264/90000 \r\n"
      "a=control: trackID=7 \r\n",
      CODEC_H264, 90000, 96, "", "trackID=7", false, CODEC_NONE, 0, NULL },
    { "a loudspeaker (sendonly) behind the microphone",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=recvonly\r\n"
      "m=audio 0 RTP/AVP 0\r\na=control:speaker\r\na=sendonly\r\n"
      "m=audio 0 RTP/AVP 8\r\na=control:microphone\r\na=recvonly\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_PCMA, 8000, NULL },
    { "a server that calls its own sending sendonly",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=sendonly\r\n"
      "m=audio 0 RTP/AVP 0\r\na=sendonly\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_PCMU, 8000, NULL },
    { "AAC without a config",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 97\r\n"
      "a=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 mode=AAC-hbr\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_AAC, 16000, NULL },
    { "audio that nobody here can take",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 97\r\n"
      "a=rtpmap:97 G726-32/8000\r\nm=audio 0 RTP/AVP 98\r\na=rtpmap:98 MP4A-LATM/16000\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_NONE, 0, NULL },
    { "MPEG-4 video only",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\n", CODEC_NONE,
      0, 0, "", "", false, CODEC_NONE, 0, "MP4V-ES/90000" },
    { "encrypted", "v=0\r\nt=0 0\r\nm=video 0 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n",
      CODEC_NONE, 0, 0, "", "", false, CODEC_NONE, 0, "RTP/SAVP" },
    { "pictures out of decoding order",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n"
      "a=fmtp:96 sprop-max-don-diff=2\r\n",
      CODEC_NONE, 0, 0, "", "", false, CODEC_NONE, 0, "H265/90000" },
    { "a microphone only", "v=0\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\n",
      CODEC_NONE, 0, 0, "", "", false, CODEC_NONE, 0, "" },
    { "nothing", "", CODEC_NONE, 0, 0, "", "", false, CODEC_NONE, 0, "" },
    { "a page", "<html>\r\n<body>m=video</body>", CODEC_NONE, 0, 0, "", "", false,
      CODEC_NONE, 0, "" },
    { "a recorder's channel with H.265 and its sets in the wrong order",
      "v=0\r\no=- 1109162014219182 1109162014219192 IN IP4 192.168.1.64\r\n"
      "s=Media Presentation\r\ne=NONE\r\nb=AS:5050\r\nt=0 0\r\na=control:*\r\n"
      "a=range:clock=20310601T000000Z-\r\nm=video 0 RTP/AVP 96\r\nb=AS:5000\r\n"
      "a=recvonly\r\na=x-dimensions:2560,1440\r\na=control:trackID=1?ctype=video\r\n"
      "a=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-pps=" PPS_265 "; sprop-sps=" SPS_265
      "; sprop-vps=" VPS_265
      "\r\na=Media_header:MEDIAINFO=494D4B48010200000400000100000000;\r\n"
      "a=appversion:1.0\r\n",
      CODEC_H265, 90000, 96, "*", "trackID=1?ctype=video", true, CODEC_NONE, 0, NULL },
    { "a doorbell: two microphones' codecs and a loudspeaker",
      "v=0\r\no=- 14665860 31787219 1 IN IP4 192.168.0.7\r\ns=Session streamed by a camera\r\n"
      "t=0 0\r\na=smart_encoder:virtualIFrame=1\r\nm=video 0 RTP/AVP 96\r\n"
      "c=IN IP4 0.0.0.0\r\nb=AS:4096\r\na=range:npt=0-\r\na=control:track1\r\n"
      "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1; profile-level-id=640028; "
      "sprop-parameter-sets=" SPS_MAIN "," PPS "\r\nm=audio 0 RTP/AVP 8\r\n"
      "a=rtpmap:8 PCMA/8000\r\na=control:track2\r\nm=application/TP-LINK 0 RTP/AVP smart/1/90000\r\n"
      "a=rtpmap:95 TP-LINK/90000\r\na=control:track3\r\n",
      CODEC_H264, 90000, 96, "", "track1", true, CODEC_PCMA, 8000, NULL },
    { "a generic module: no blank behind the colon of fmtp, a rate with a fraction",
      "v=0\r\no=- 38990265062388 38990265062388 IN IP4 192.168.1.10\r\ns=RTSP Session\r\n"
      "c=IN IP4 192.168.1.10\r\nt=0 0\r\na=control:*\r\na=range:npt=0-\r\n"
      "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=range:npt=0-\r\n"
      "a=framerate:0S\r\na=fmtp:96 profile-level-id=4d0014;packetization-mode=1;"
      "sprop-parameter-sets=" SPS_MAIN "," PPS
      "\r\na=framerate:25.00\r\na=control:trackID=3\r\n"
      "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 pcma/8000/1\r\na=control:trackID=4\r\n",
      CODEC_H264, 90000, 96, "*", "trackID=3", true, CODEC_PCMA, 8000, NULL },
    { "a camera that names its stream in every control",
      "v=0\r\no=- 0 0 IN IP6 ::1\r\ns=Unnamed\r\ni=N/A\r\nc=IN IP6 fe80::1\r\nt=0 0\r\n"
      "a=tool:vlc 2.1\r\na=recvonly\r\na=control:rtsp://[fe80::1]:554/ch0\r\n"
      "m=video 0 RTP/AVP 100\r\na=rtpmap:100 H264/90000\r\n"
      "a=control:rtsp://[fe80::1]:554/ch0/trackID=0\r\n",
      CODEC_H264, 90000, 100, "rtsp://[fe80::1]:554/ch0",
      "rtsp://[fe80::1]:554/ch0/trackID=0", false, CODEC_NONE, 0, NULL },
    { "metadata before the video",
      "v=0\r\nt=0 0\r\nm=application 0 RTP/AVP 98\r\na=rtpmap:98 vnd.onvif.metadata/90000\r\n"
      "a=control:m\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\n",
      CODEC_H264, 90000, 96, "", "v", false, CODEC_NONE, 0, NULL },
    { "fmtp before rtpmap, and of another type too",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=fmtp:97 sprop-parameter-sets=AAAA\r\n"
      "a=fmtp:96 sprop-parameter-sets=" SPS_MAIN "," PPS "\r\na=rtpmap:97 VP9/90000\r\n"
      "a=rtpmap:96 H264/90000\r\n",
      CODEC_H264, 90000, 96, "", "", true, CODEC_NONE, 0, NULL },
    { "sets that are no sets",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
      "a=fmtp:96 sprop-parameter-sets=Zz==,!!!!,,AAAA\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_NONE, 0, NULL },
    { "the HEVC name of old firmware, in small letters",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 hevc/90000\r\na=control:x\r\n",
      CODEC_H265, 90000, 96, "", "x", false, CODEC_NONE, 0, NULL },
    { "sixteen bits of a rate and two channels for sound",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 97\r\n"
      "a=rtpmap:97 mpeg4-generic/44100/2\r\na=fmtp:97 streamtype=5; profile-level-id=15; "
      "mode=AAC-hbr; config=\"1210\"; SizeLength=13; IndexLength=3; IndexDeltaLength=3\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_AAC, 44100, NULL },
    { "sound whose config cannot be read",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 97\r\n"
      "a=rtpmap:97 mpeg4-generic/16000\r\na=fmtp:97 config=14zz\r\nm=audio 0 RTP/AVP 0\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_PCMU, 8000, NULL },
    { "Opus before G.711: the one that can be taken",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 111 8\r\n"
      "a=rtpmap:111 opus/48000/2\r\na=rtpmap:8 PCMA/8000\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_PCMA, 8000, NULL },
    { "feedback is offered (RTP/AVPF)",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVPF 96\r\na=rtpmap:96 H264/90000\r\na=rtcp-fb:* nack\r\n"
      "a=control:streamid=0\r\n",
      CODEC_H264, 90000, 96, "", "streamid=0", false, CODEC_NONE, 0, NULL },
    { "a key and a port that mean nothing here",
      "v=0\r\nt=0 0\r\nk=clear:x\r\nm=video 49170/2 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
      "a=quality:9\r\na=control:../track1\r\n",
      CODEC_H264, 90000, 96, "", "../track1", false, CODEC_NONE, 0, NULL },
    { "tabs for blanks",
      "v=0\r\nt=0 0\r\nm=video\t0\tRTP/AVP\t96\r\na=rtpmap:96\tH264/90000\r\n\r\n\r\n",
      CODEC_NONE, 0, 0, "", "", false, CODEC_NONE, 0, "" },
    { "a payload type that cannot be",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 300 96\r\na=rtpmap:300 H264/90000\r\n"
      "a=rtpmap:96 H264/90000\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_NONE, 0, NULL },
    { "JPEG pictures only, by their number alone",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n", CODEC_NONE, 0, 0,
      "", "", false, CODEC_NONE, 0, "JPEG" },
    { "a transport stream",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=rtpmap:33 MP2T/90000\r\n", CODEC_NONE, 0,
      0, "", "", false, CODEC_NONE, 0, "MP2T/90000" },
};
