// Proves the simulated device with a client that shares no code with it or with kengd: connects
// with a login, reads profiles and the stream's address, and waits for an event.
//
//   node check.mjs PORT USER PASSWORD     prints one line of JSON; ends when an event came
import onvif from "onvif";

const [port, username, password] = process.argv.slice(2);
const camera = new onvif.Cam({ hostname: "127.0.0.1", port: Number(port), username, password, timeout: 8000 });

// The newer media service tells of H.265; the client takes it by itself where the device has it.
function encodings(camera) {
    return camera.profiles.map((profile) => (profile.videoEncoderConfiguration || {}).encoding);
}

function done(error, what) {
    if (error) {
        console.error(String(error.message || error));
        process.exit(1);
    }
    return what;
}

camera.once("connect", (error) => {
    done(error);
    camera.getDeviceInformation((failed, information) => {
        done(failed);
        camera.getStreamUri({ protocol: "RTSP" }, (missed, stream) => {
            done(missed);
            console.error("listening");
            camera.on("event", (event) => {
                const topic = event.topic._ || event.topic;
                console.log(JSON.stringify({ model: information.model, uri: stream.uri,
                    profiles: camera.profiles.length, media2: encodings(camera), topic }));
                process.exit(0);
            });
        });
    });
});
camera.on("error", (error) => done(error));
setTimeout(() => done(new Error("no event in time")), 40000);
