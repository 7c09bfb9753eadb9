// Java's own HttpClient, which offers HTTP/2 by upgrade: prints a line of JSON for each answer.
//   java Client.java URL PAUSE_MS FILE…
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Client {
    static final Pattern DURATION = Pattern.compile("\"duration_s\":\\s*([0-9.]+)");

    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        int count = arguments.length - 2;
        for (int place = 0; ; place++) {
            String id = "java-" + ProcessHandle.current().pid() + "-" + place;
            byte[] recording = Files.readAllBytes(Path.of(arguments[2 + place % count]));
            HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0] + "/transcribe"))
                .header("Content-Type", "multipart/form-data; boundary=soak")
                .header("X-Request-ID", id)
                .POST(HttpRequest.BodyPublishers.ofByteArray(form(recording)))
                .build();
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
                + place % count + ", \"duration\": " + duration + "}");
            Thread.sleep(Long.parseLong(arguments[1]));
        }
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
