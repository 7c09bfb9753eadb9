// Java's own HttpClient, which offers HTTP/2 by upgrade: asks COUNT times (0: without end), and
// prints a line of JSON for each answer.
//   java Client.java URL MODE COUNT PAUSE_MS FILE…
// MODE is plain, close (no keep-alive), chunked or expect (waits for 100 Continue).
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Client {
    static final Pattern DURATION = Pattern.compile("\"duration_s\":\\s*([0-9.]+)");

    public static void main(String[] arguments) throws Exception {
        // Without it the client's user may not say "Connection: close".
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "connection");
        HttpClient client = HttpClient.newHttpClient();
        int count = Integer.parseInt(arguments[2]);
        int files = arguments.length - 4;
        for (int number = 0; count == 0 || number < count; number++) {
            int place = number % files;
            String id = "java-" + ProcessHandle.current().pid() + "-" + number;
            byte[] recording = Files.readAllBytes(Path.of(arguments[4 + place]));
            HttpRequest request = asked(arguments[0], arguments[1], id, recording);
            int status = 0;
            boolean same = false;
            String duration = "0";
            try {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                status = answer.statusCode();
                same = answer.headers().firstValue("x-request-id").orElse("").equals(id);
                Matcher found = DURATION.matcher(answer.body());
                duration = found.find() ? found.group(1) : "0";
            } catch (java.io.IOException error) {
                same = false;
            }
            System.out.println("{\"status\": " + status + ", \"same\": " + same + ", \"place\": "
                + place + ", \"duration\": " + duration + "}");
            Thread.sleep(Long.parseLong(arguments[3]));
        }
    }

    static HttpRequest asked(String url, String mode, String id, byte[] recording) throws Exception {
        BodyPublisher body = BodyPublishers.ofByteArray(form(recording));
        if (mode.equals("chunked")) {
            body = BodyPublishers.fromPublisher(body); // its length is not known
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/transcribe"))
            .header("Content-Type", "multipart/form-data; boundary=soak")
            .header("X-Request-ID", id)
            .expectContinue(mode.equals("expect"))
            .POST(body);
        if (mode.equals("close")) {
            request.header("Connection", "close");
        }
        return request.build();
    }

    static byte[] form(byte[] recording) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(("--soak\r\nContent-Disposition: form-data; name=\"file\"; filename=\"clip.flac\"\r\n"
            + "Content-Type: audio/flac\r\n\r\n").getBytes());
        body.write(recording);
        body.write("\r\n--soak--\r\n".getBytes());
        return body.toByteArray();
    }
}
