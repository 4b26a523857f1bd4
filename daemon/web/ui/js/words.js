/*
 * Every sentence of the pages, Vietnamese first, English beside it; no other file holds
 * words. {name} stands for what is given; an English pair is for one and for many `n`.
 */
const KEY = 'kengd.language';

const catalogue = {
  product: ['Kẻng', 'Gong'],

  /* ---- times and numbers ---- */
  weekday0: ['Chủ Nhật', 'Sunday'],
  weekday1: ['Thứ Hai', 'Monday'],
  weekday2: ['Thứ Ba', 'Tuesday'],
  weekday3: ['Thứ Tư', 'Wednesday'],
  weekday4: ['Thứ Năm', 'Thursday'],
  weekday5: ['Thứ Sáu', 'Friday'],
  weekday6: ['Thứ Bảy', 'Saturday'],
  seconds: ['{n} giây', ['{n} second', '{n} seconds']],
  minutes: ['{n} phút', ['{n} minute', '{n} minutes']],
  hours: ['{n} giờ', ['{n} hour', '{n} hours']],
  days: ['{n} ngày', ['{n} day', '{n} days']],
  secondsShort: ['{n} giây', '{n} s'],
  daysOf: ['{n} ngày', '{n} days'],
  ago: ['{span} trước', '{span} ago'],
  justNow: ['vừa xong', 'just now'],
  since: ['từ {time}', 'since {time}'],
  at: ['lúc {time}', 'at {time}'],
  today: ['Hôm nay', 'Today'],
  yesterday: ['Hôm qua', 'Yesterday'],
  older: ['Trước đó', 'Before that'],
  decimal: [',', '.'],
  thousand: ['.', ','],
  timeForm: ['21/11/2026 14:30', '21/11/2026 14:30'],
  timeWrong: ['Ghi như 21/11/2026 14:30', 'Write it like 21/11/2026 14:30'],

  /* ---- alerts and answers ---- */
  kindMotion: ['Có chuyển động', 'Motion'],
  kindAlarm: ['Báo động', 'Alarm'],
  kindTest: ['Báo thử', 'Test alert'],
  kindHealth: ['Cần xử lý hệ thống', 'The system needs a hand'],
  motionAt: ['Có chuyển động tại', 'Motion at'],
  unknownPlace: ['Không rõ vị trí', 'Unknown place'],
  nobodyYet: ['Chưa có ai tiếp nhận', 'Nobody has answered yet'],
  acknowledgedBy: ['{who} đã tiếp nhận', '{who} has taken it on'],
  acknowledgedByNobody: ['Đã tiếp nhận', 'Taken on'],
  resolvedBy: ['{who} đã xử lý xong', '{who} has resolved it'],
  resolvedByNobody: ['Đã xử lý xong', 'Resolved'],
  falseAlarm: ['Báo động giả', 'False alarm'],
  falseBecause: ['Báo động giả: {note}', 'False alarm: {note}'],
  answeredAfter: ['{who} sau {span}', '{who} after {span}'],
  toldPeople: ['Đã báo {n} người', ['{n} person told', '{n} people told']],
  mergedMore: ['Thêm {n} lần có chuyển động.', ['{n} more motion.', '{n} more motions.']],
  onlyStored: ['Chỉ lưu, không báo', 'Stored, nobody told'],
  openAlerts: ['{n} cảnh báo chưa có ai tiếp nhận',
    ['{n} alert that nobody has answered', '{n} alerts that nobody has answered']],
  escalatesIn: ['Chuyển lên cấp trên sau {time}.', 'Passed on in {time}.'],
  endAlarm: ['Kết thúc báo động', 'End the alarm'],
  resolve: ['Đã xử lý xong', 'Resolved'],
  takeOn: ['Đã tiếp nhận', 'Take it on'],
  whyFalse: ['Vì sao là báo động giả?', 'Why was it false?'],
  whyFalseHelps: ['Câu trả lời giúp chỉnh lại để bớt báo nhầm.',
    'The answer helps to make false alarms fewer.'],
  reasonWeather: ['Mưa, gió, cây lay động', 'Rain, wind, swaying trees'],
  reasonAnimal: ['Chó, mèo, côn trùng', 'Dogs, cats, insects'],
  reasonPeople: ['Người quen, xe trong thôn', 'Neighbours, the hamlet’s own traffic'],
  reasonUnknown: ['Không rõ', 'Not known'],
  snapshotOf: ['Ảnh chụp {name}', 'Snapshot of {name}'],
  snapshotAt: ['{name} lúc {time}', '{name} at {time}'],
  clip: ['Đoạn ghi hình', 'Clip'],
  whyRang: ['Vì sao báo: {zone}vật thể chiếm {share} % hình',
    'Why it rang: {zone}something that took {share} % of the picture'],
  whyZone: ['trong vùng {zone}, ', 'in the zone {zone}, '],

  /* ---- zones ---- */
  zonesTitle: ['Vùng chuyển động', 'Motion zones'],
  zonesHint: ['Bấm lên hình để đặt từng góc, kéo góc để dời. Bằng bàn phím: phím mũi tên dời góc, Shift dời xa hơn, Delete bỏ góc.',
    'Click on the picture to set corners, drag one to move it. With keys: arrows move a corner, Shift moves it farther, Delete takes it away.'],
  newZone: ['Thêm vùng', 'New zone'],
  newMask: ['Thêm vùng che', 'New mask'],
  addCorner: ['Thêm góc', 'Add a corner'],
  zone: ['Vùng', 'Zone'],
  mask: ['Vùng che', 'Mask'],
  cornerOf: ['Góc {n} của {name}', 'Corner {n} of {name}'],
  shapeName: ['Tên', 'Name'],
  shapeNameWrong: ['Chỉ dùng a-z, 0-9 và dấu -, chữ cái đứng đầu, mỗi tên một lần',
    'Only a-z, 0-9 and -, a letter first, each name once'],
  removeShape: ['Bỏ', 'Remove'],
  stanza: ['Đoạn cấu hình', 'Stanza for the configuration'],
  stanzaHint: ['Chép đoạn này vào tệp cấu hình, rồi chạy kengctl reload. Tệp cấu hình luôn là bản chính.',
    'Put this into the configuration file, then run kengctl reload. The file stays the truth.'],
  copyStanza: ['Chép', 'Copy'],
  noClip: ['Chưa lấy được đoạn ghi hình của sự kiện này.', 'There is no clip of this event yet.'],
  goesOn: ['đang diễn ra', 'going on'],

  /* ---- cameras ---- */
  camera: ['Camera', 'Camera'],
  cameras: ['Camera', 'Cameras'],
  allWell: ['Hoạt động bình thường', 'Works well'],
  connecting: ['Đang kết nối', 'Connecting'],
  noVideo: ['Mất hình', 'No picture'],
  refused: ['Camera từ chối', 'The camera refuses'],
  wrongPassword: ['Sai mật khẩu', 'Wrong password'],
  lost: ['Mất kết nối', 'Disconnected'],
  camerasBad: ['{n} camera cần xử lý', ['{n} camera needs a hand', '{n} cameras need a hand']],
  badOf: ['{n} trong {of} camera cần xử lý', '{n} of {of} cameras need a hand'],
  wellOf: ['{n} trong {of} tốt', '{n} of {of} well'],
  recordingOf: ['{n} trong {of} camera đang ghi hình', '{n} of {of} cameras are recording'],
  noCameras: ['Không có camera nào', 'There are no cameras'],
  cannotSee: ['Không xem được camera này', 'This camera cannot be seen'],
  stopped: ['Hình đã dừng {span}', 'Picture stopped {span} ago'],
  waiting: ['Đang chờ hình', 'Waiting for the picture'],
  stills: ['Ảnh tĩnh', 'Single pictures'],
  stillsEvery: ['Ảnh tĩnh, {span} một ảnh', 'A picture every {span}'],
  late: ['Chậm {span}', '{span} late'],
  showLarge: ['Phóng to {name}', 'Enlarge {name}'],
  area: ['Địa bàn', 'Area'],

  /* ---- health ---- */
  allQuiet: ['Báo yên', 'All quiet'],
  diskBad: ['Ổ đĩa cần xử lý', 'The disk needs a hand'],
  diskDays: ['Ổ đĩa đủ giữ {n} ngày', 'The disk holds {n} days'],
  clockUntrusted: ['Giờ chưa tin cậy', 'Clock not trusted'],
  soundOff: ['Chưa bật tiếng', 'Sound is off'],
  soundOffKey: ['Chưa bật tiếng, bấm phím bất kỳ', 'Sound is off, press any key'],

  /* ---- the server, the way in ---- */
  serverAway: ['Không liên lạc được với máy chủ', 'The server cannot be reached'],
  serverSaid: ['Máy chủ báo lỗi {status}.', 'The server answers with error {status}.'],
  comesBackAlone: ['Trang tự nối lại, không cần làm gì.',
    'This page comes back by itself, nothing needs to be done.'],
  tryAgain: ['Thử lại', 'Try again'],
  linkNeeded: ['Cần liên kết mới', 'A new link is needed'],
  linkNeededWhy: ['Máy này chưa có quyền xem, hoặc quyền đã bị thu hồi. Hỏi quản trị viên để ' +
    'nhận liên kết mới.', 'This device has no right to look, or it was revoked. Ask the ' +
    'administrator for a new link.'],
  linkBad: ['Liên kết này không dùng được nữa', 'This link does not work any more'],
  linkBadWhy: ['Liên kết đã hết hạn hoặc đã bị thu hồi. Hỏi quản trị viên để nhận liên kết mới.',
    'It has expired or was revoked. Ask the administrator for a new one.'],
  cannotEnter: ['Chưa vào được', 'Entering failed'],
  mainMenu: ['Trình đơn chính', 'Main'],
  leftHead: ['Đã thoát', 'Left'],
  leaveMeans: ['Muốn dùng lại máy này thì cần liên kết mới.',
    'To look again on this device a new link is needed.'],

  /* ---- the screen ---- */
  connectingServer: ['Đang kết nối máy chủ', 'Connecting to the server'],
  lostSince: ['Mất kết nối từ {time}', 'Disconnected since {time}'],
  screenComesBack: ['Màn hình tự nối lại, không cần làm gì.',
    'The screen comes back by itself, nothing needs to be done.'],
  trying: ['Đang thử lại, lần {n}.', 'Trying again, number {n}.'],
  after15: ['Quá 15 phút chưa nối lại thì kiểm tra điện của máy chủ.',
    'After 15 minutes, see whether the server has power.'],
  screenNeedsLink: ['Màn hình cần liên kết mới', 'The screen needs a new link'],
  screenNeedsLinkWhy: ['Quyền xem của màn hình này không còn, hoặc chưa được cấp.',
    'This screen has no right to look, or not any more.'],
  screenNeedsLinkHow: ['Quản trị viên tạo liên kết mới rồi mở trên máy này. Màn hình tự thử ' +
    'lại.', 'The administrator makes a new link and opens it here. The screen tries again by ' +
    'itself.'],
  atOnce: ['{n} sự kiện cùng lúc', '{n} events at once'],
  before: ['Trước đó', 'Before that'],
  backIn: ['Về màn hình chính sau {span}', 'Back to the wall in {span}'],
  mergedLabel: ['Lặp lại', 'Again'],
  mergedTimes: ['thêm {n} lần', ['{n} more time', '{n} more times']],
  raisedAt: ['phát lúc {time}', 'raised it at {time}'],
  moreAlarms: ['Còn {n} báo động khác', ['{n} more alarm', '{n} more alarms']],
  ringing: ['Đang đánh kẻng', 'The gong is ringing'],
  alarmEnded: ['Báo động đã kết thúc', 'The alarm has ended'],

  /* ---- the phone ---- */
  alerts: ['Cảnh báo', 'Alerts'],
  alertTitle: ['Cảnh báo', 'Alert'],
  settings: ['Cài đặt', 'Settings'],
  back: ['Quay lại', 'Back'],
  waitingAnswers: ['{n} chờ trả lời', '{n} to answer'],
  alsoWaiting: ['Cũng đang chờ trả lời', 'Also waiting for an answer'],
  lookAndAnswer: ['Xem và trả lời', 'Look and answer'],
  fetching: ['Đang lấy cảnh báo', 'Fetching the alerts'],
  slowLine: ['Đường truyền chậm thì chờ thêm một chút.', 'On a slow line this takes a moment.'],
  noneToday: ['Chưa có cảnh báo nào hôm nay.', 'No alert today.'],
  savedAt: ['Đã lưu lúc {time}', 'As saved at {time}'],
  offlineSince: ['Không có mạng từ {time}.', 'No network since {time}.'],
  showingSaved: ['Đang hiện cảnh báo đã lưu trong máy.', 'This is what the phone had saved.'],
  alertGone: ['Không thấy cảnh báo này', 'This alert is not there'],
  alertGoneWhy: ['Cảnh báo đã bị xóa, hoặc thuộc địa bàn khác.',
    'It was removed, or belongs to another area.'],
  watchSpan: ['Xem {span}', 'Watch {span}'],
  acknowledge: ['Đã tiếp nhận', 'Taken on'],
  acknowledged: ['Đã tiếp nhận', 'Taken on'],
  acknowledgedLater: ['Đã tiếp nhận, sẽ gửi khi có mạng', 'Taken on, sent when there is a network'],
  answerLater: ['Đã trả lời, sẽ gửi khi có mạng', 'Answered, sent when there is a network'],
  mineLine: ['{who}, máy này, {time}. Màn hình và mọi người đã biết.',
    '{who}, this device, {time}. The screen and everybody know.'],
  soonerBy: ['{time}, sớm hơn máy này {span}.', '{time}, {span} before this device.'],
  nothingToDo: ['Không cần làm gì thêm.', 'Nothing more needs to be done.'],
  raisedHead: ['Đã báo động lúc {time}', 'Alarm raised at {time}'],
  raisedBy: ['{who} phát.', 'By {who}.'],
  ringingThere: ['Đang đánh kẻng ở nhà văn hóa, báo cả tổ.',
    'The gong rings in the house of culture, everybody is called.'],
  lateBy: ['Cảnh báo đến muộn {span}.', 'This alert is {span} late.'],
  lateWhy: ['Mất mạng từ {from} đến {to}.', 'No network from {from} to {to}.'],
  send: ['Gửi', 'Send'],
  watchLive: ['Xem trực tiếp', 'Watch live'],
  holdAlarm: ['Giữ 2 giây để báo động', 'Hold 2 seconds for the alarm'],
  alarmDoes: ['Đánh kẻng ở nhà văn hóa, báo cả tổ.',
    'Rings the gong in the house of culture, calls everybody.'],
  keepHolding: ['Tiếp tục giữ. Nhấc tay ra là thôi.', 'Keep holding. Letting go cancels.'],
  chooseAgain: ['Bấm lần nữa trong 5 giây để báo động.',
    'Choose it again within 5 seconds to raise the alarm.'],
  needsHand: ['Cần xử lý', 'Needs a hand'],
  recordingNow: ['Đang ghi hình', 'Recording'],
  live: ['Trực tiếp', 'Live'],
  liveLate: ['Trực tiếp, chậm {span}', 'Live, {span} late'],
  reconnecting: ['Đang kết nối lại. Đây là hình lúc {time}.',
    'Reconnecting. This is the picture of {time}.'],
  fullScreen: ['Xem toàn màn hình', 'Full screen'],
  watchStills: ['Xem ảnh tĩnh', 'Pictures instead of video'],
  watchVideo: ['Xem trực tiếp', 'Live video'],
  eventsToday: ['Sự kiện hôm nay', 'Events today'],
  thisPhone: ['Điện thoại này', 'This phone'],
  testSound: ['Thử chuông và rung', 'Test sound and vibration'],
  testDoes: ['Kêu một tiếng và rung trên máy này', 'One stroke and a vibration on this phone'],
  testedBoth: ['Đã kêu và rung. Không nghe thấy thì tăng âm lượng.',
    'It rang and vibrated. Not heard? Turn the volume up.'],
  testedSound: ['Đã kêu một tiếng. Máy này không rung được.',
    'It rang once. This device cannot vibrate.'],
  testNoSound: ['Trình duyệt chưa cho phát tiếng. Bấm lại lần nữa.',
    'The browser allows no sound yet. Press once more.'],
  language: ['Ngôn ngữ', 'Language'],
  leave: ['Thoát khỏi máy này', 'Leave this device'],
  leaveWhat: ['Máy này sẽ không nhận cảnh báo nữa', 'No more alerts on this device'],
  leaveSure: ['Thoát khỏi máy này?', 'Leave this device?'],
  stay: ['Ở lại', 'Stay'],
  version: ['Phiên bản {version}', 'Version {version}'],
  role_official: ['Cán bộ thôn', 'Hamlet official'],
  role_staff: ['Cán bộ trực', 'Duty officer'],
  role_admin: ['Quản trị viên', 'Administrator'],
  role_screen: ['Màn hình', 'Screen'],

  /* ---- the console ---- */
  overview: ['Tổng quan', 'Overview'],
  playback: ['Xem lại', 'Playback'],
  events: ['Sự kiện', 'Events'],
  leaveDesk: ['Thoát', 'Leave'],
  awaySince: ['Mất kết nối máy chủ từ {time}.', 'No connection to the server since {time}.'],
  allWellHead: ['Tất cả camera đều tốt', 'All cameras are well'],
  andMore: ['và {n} camera nữa', ['and {n} more camera', 'and {n} more cameras']],
  beforeLost: ['Xem lại', 'Play back'],
  backToWall: ['Về màn hình nhiều ô', 'Back to the tiles'],
  tiles: ['Số ô', 'Tiles'],
  pageOf: ['{n} / {of}', '{n} / {of}'],
  pageBefore: ['Các camera trước', 'The cameras before'],
  pageAfter: ['Các camera sau', 'The cameras after'],
  allEvents: ['Tất cả sự kiện', 'All events'],
  cancel: ['Thôi', 'Cancel'],
  stateHead: ['Tình trạng', 'State'],
  pictureHead: ['Hình', 'Picture'],
  fpsHead: ['Hình/giây', 'Frames/s'],
  rateHead: ['Tốc độ', 'Bit rate'],
  gopHead: ['Khung khóa', 'Keyframes'],
  subHead: ['Luồng phụ', 'Sub-stream'],
  noSub: ['không có', 'none'],
  reconnectsHead: ['Nối lại', 'Reconnects'],
  lossHead: ['Mất gói', 'Lost packets'],
  damaged: ['{n} hình hỏng', '{n} damaged frames'],
  daysHead: ['Đang giữ', 'Kept'],
  snapshot: ['Ảnh chụp', 'Snapshot'],
  at_: ['Lúc', 'At'],
  what: ['Việc', 'What'],
  answerHead: ['Trả lời', 'Answer'],
  allAreas: ['Tất cả', 'All'],
  allCameras: ['Tất cả', 'All'],
  from: ['Từ', 'From'],
  to: ['Đến', 'To'],
  show: ['Xem', 'Show'],
  moreEvents: ['Xem thêm sự kiện cũ hơn', 'Older events'],
  eventsFound: ['{n} sự kiện', ['{n} event', '{n} events']],
  chooseEvent: ['Chọn một sự kiện để xem ảnh và đoạn ghi hình.',
    'Choose an event to see its picture and clip.'],
  watchClip: ['Xem đoạn ghi hình', 'Watch the clip'],
  lookBack: ['Xem lại', 'Playback'],

  /* ---- playback ---- */
  recorded: ['Ghi hình', 'Recorded'],
  gaps: ['Khoảng trống', 'Gaps'],
  hourStrip: ['Giờ đang xem', 'The hour on show'],
  dayStrip: ['Cả ngày', 'The whole day'],
  dayBefore: ['Ngày trước', 'The day before'],
  dayAfter: ['Ngày sau', 'The day after'],
  eventsInDay: ['{n} sự kiện trong ngày', ['{n} event in the day', '{n} events in the day']],
  gapsInDay: ['{n} khoảng trống, tổng cộng {span}', ['{n} gap of {span}', '{n} gaps, {span} in all']],
  noGaps: ['Không có khoảng trống', 'No gaps'],
  gap_camera: ['Camera ngừng', 'Camera stopped'],
  gap_network: ['Mất mạng', 'Network lost'],
  gap_login: ['Camera từ chối', 'Camera refused'],
  gap_disk: ['Lỗi ổ đĩa', 'Disk fault'],
  gap_stopped: ['Máy chủ tắt', 'Server off'],
  gap_rule: ['Không ghi theo cài đặt', 'Not recorded by rule'],
  gap_unknown: ['Không rõ nguyên nhân', 'Cause unknown'],
  controls: ['Điều khiển', 'Controls'],
  play: ['Phát', 'Play'],
  stop: ['Dừng', 'Stop'],
  speed: ['Tốc độ', 'Speed'],
  back10: ['Lùi 10 giây', 'Back 10 seconds'],
  on10: ['Tiến 10 giây', 'On 10 seconds'],
  pictureBack: ['Lùi một hình', 'One picture back'],
  pictureOn: ['Tiến một hình', 'One picture on'],
  eventBefore: ['Sự kiện trước', 'The event before'],
  eventAfter: ['Sự kiện sau', 'The event after'],
  noEventBefore: ['Không có sự kiện nào trước đó trong ngày', 'No event before that in the day'],
  noEventAfter: ['Không có sự kiện nào sau đó trong ngày', 'No event after that in the day'],
  keyBack: ['lùi', 'back'],
  keyStop: ['dừng', 'stop'],
  keyOn: ['tiến', 'on'],
  keyEvents: ['sự kiện trước, sau', 'events'],
  fetchingMoment: ['Đang lấy hình', 'Fetching the picture'],
  nothingHere: ['Không có bản ghi lúc này', 'Nothing was recorded at this time'],
  fileGone: ['Đoạn ghi hình này đã xóa vì hết hạn giữ', 'This recording was removed by age'],
  codecUnknown: ['Trình duyệt này không mở được kiểu hình của camera (H.265). Dùng Chrome hoặc ' +
    'Edge bản mới trên máy có card đồ họa hỗ trợ.', 'This browser cannot decode the camera’s ' +
    'video (H.265). Use a newer Chrome or Edge with hardware support.'],
  skipped: ['Bỏ qua {span} không có hình', '{span} without recording left out'],
  skippedGap: ['Bỏ qua khoảng trống: {gap}', 'Gap left out: {gap}'],
};

let column = 0;

export function languageNow() {
  return column ? 'en' : 'vi';
}

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch (error) {
    return null;
  }
}

/* ?lang= first, then what was chosen on this device, then the site's. */
export function chooseLanguage(site) {
  const wanted = new URLSearchParams(location.search).get('lang') || stored() || site;
  column = wanted === 'en' ? 1 : 0;
  document.documentElement.lang = languageNow();
}

export function setLanguage(language) {
  try {
    localStorage.setItem(KEY, language);
  } catch (error) {
    return; /* not kept: the site's language stays */
  }
}

export function say(key, given) {
  const entry = catalogue[key], values = given || {};
  if (!entry)
    return key;
  const found = entry[column];
  const text = Array.isArray(found) ? found[values.n === 1 ? 0 : 1] : found;
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    values[name] === undefined ? whole : values[name]);
}

/* For the tests: every key. */
export function keys() {
  return Object.keys(catalogue);
}
