// .NET's HttpClient: asks COUNT times (0: without end), and prints a line of JSON for each answer.
//   dotnet client.dll URL MODE COUNT PAUSE_MS FILE…
// MODE is plain, close (no keep-alive), chunked or expect (waits for 100 Continue).
using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

static class Client
{
    static readonly Regex Duration = new Regex("\"duration_s\":\\s*([0-9.]+)");

    static void Main(string[] arguments)
    {
        Run(arguments).GetAwaiter().GetResult();
    }

    static async Task Run(string[] arguments)
    {
        int count = int.Parse(arguments[2]);
        string[] files = arguments.Skip(4).ToArray();
        var client = new HttpClient();
        for (int number = 0; count == 0 || number < count; number++)
        {
            int place = number % files.Length;
            string id = "dotnet-" + Process.GetCurrentProcess().Id + "-" + number;
            var request = Asked(arguments[0], arguments[1], id, File.ReadAllBytes(files[place]));
            int status = 0;
            bool same = false;
            string duration = "0";
            try
            {
                HttpResponseMessage answer = await client.SendAsync(request);
                status = (int) answer.StatusCode;
                same = answer.Headers.GetValues("X-Request-ID").Single() == id;
                Match found = Duration.Match(await answer.Content.ReadAsStringAsync());
                duration = found.Success ? found.Groups[1].Value : "0";
            }
            catch (HttpRequestException)
            {
                status = 0;
            }
            Console.WriteLine("{\"status\": " + status + ", \"same\": " + (same ? "true" : "false")
                + ", \"place\": " + place + ", \"duration\": " + duration + "}");
            await Task.Delay(int.Parse(arguments[3]));
        }
    }

    static HttpRequestMessage Asked(string url, string mode, string id, byte[] recording)
    {
        var form = new MultipartFormDataContent();
        form.Add(new ByteArrayContent(recording), "file", "clip.flac");
        var request = new HttpRequestMessage(HttpMethod.Post, url + "/transcribe") { Content = form };
        request.Headers.Add("X-Request-ID", id);
        if (mode == "close") request.Headers.ConnectionClose = true;
        if (mode == "chunked") request.Headers.TransferEncodingChunked = true;
        if (mode == "expect") request.Headers.ExpectContinue = true;
        return request;
    }
}
