// No paid call without consent: a listener receives no call of any kind until the user has agreed.

import Foundation
import Synchronization
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct ConsentTests {
    struct Paid: Sendable, CustomTestStringConvertible {
        var id: String
        var provider: String
        var models: String
        var asked: String
        /// The amount in the refusal.
        var says = "This run is forecast to cost $"
        var more = ""
        var testDescription: String { id }
    }

    /// The setting that gets the listener's address.
    private static let address = "ADDRESS"
    private static let openAI = "{ kind: openai, endpoint: \"ADDRESS/v1\" }"
    private static let azure = """
        { kind: azure-openai, endpoint: "ADDRESS", api_key: "${TEST_KEY}", control_plane: { endpoint: "ADDRESS", \
        subscription: s, resource_group: g, account: a }, auth: { bearer: "${TEST_KEY}" } }
        """
    private static let tuned = """
          asked:
            provider: there
            fine_tune:
              model: gpt-4o-2024-08-06
              data: { split: main, prompt: classify, detail: low }
              hyperparameters: { n_epochs: 2 }
        """

    private static let vertex = """
        { kind: vertex, project: p, location: us-central1, bucket: bkt, endpoint: "ADDRESS", credentials: key.json }
        """

    static let kinds: [Paid] = [
        Paid(
            id: "online requests", provider: openAI, models: "  asked: { provider: there, model: gpt-4o }",
            asked: "asked: { online: plain }"),
        Paid(
            id: "online requests of Azure without a price table", provider: azure,
            models: "  asked: { provider: there, model: gpt-4o-2024-08-06, deployment: mine }",
            asked: "asked: { online: plain }"),
        Paid(
            id: "an upload and a batch", provider: openAI, models: "  asked: { provider: there, model: gpt-4o }",
            asked: "asked: { batch: plain }"),
        Paid(id: "an upload and a fine-tuning job", provider: openAI, models: tuned, asked: "asked: { online: plain }"),
        Paid(id: "a fine-tuning job and its deployment", provider: azure, models: tuned, asked: "asked: { online: plain }"),
        Paid(
            id: "a deployment of a base model", provider: azure,
            models: "  asked: { provider: there, model: gpt-4o-2024-08-06, deploy: { sku: GlobalStandard } }",
            asked: "asked: { online: plain }"),
        Paid(
            id: "a latency measurement", provider: openAI, models: "  asked: { provider: there, model: gpt-4o }",
            asked: "asked: { online: plain }", more: "concurrency: 1, "),
        Paid(
            id: "a model without a price", provider: openAI, models: "  asked: { provider: there, model: llava }",
            asked: "asked: { online: plain }", says: "The cost of this run is unknown: 'llava' has no price."),
        Paid(
            id: "online requests to Gemini", provider: vertex, models: "  asked: { provider: there, model: gemini-3.5-flash }",
            asked: "asked: { online: plain }"),
        Paid(
            id: "an object of Cloud Storage and a batch", provider: vertex,
            models: "  asked: { provider: there, model: gemini-3.5-flash }", asked: "asked: { batch: plain }"),
        Paid(
            id: "objects of Cloud Storage and a tuning job", provider: vertex,
            models: """
                  asked:
                    provider: there
                    fine_tune: { model: gemini-2.5-flash, data: { split: main, prompt: classify, detail: low, validation: false } }
                """, asked: "asked: { online: plain }"),
    ]

    private func spec(_ paid: Paid, _ server: TestServer, dataset: String = "{ folder: pictures }") -> String {
        """
        assay: 1
        name: consent
        dataset: \(dataset)
        splits:
          main: { train: 6, validation: 0, test: 2, order: name }
        prompts:
          classify: { system: "One of [{{ labels }}].", user: [image] }
        requests:
          plain: { prompt: classify, detail: low, answer: text, max_tokens: 20 }
        providers:
          there: \(paid.provider.replacing(Self.address, with: server.url))
        models:
        \(paid.models)
        evaluations:
          accuracy: { split: main.test, \(paid.more)models: { \(paid.asked) } }
        """
    }

    private static let answer =
        #"{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"#
        + #""message":{"role":"assistant","content":"red"},"finish_reason":"stop"}]USAGE}"#

    private static func server(
        usage: String = #","usage":{"prompt_tokens":100,"completion_tokens":2,"total_tokens":102}"#
    )
        throws -> TestServer
    {
        try TestServer { request, _ in
            request.path.hasSuffix("/chat/completions")
                ? .json(200, answer.replacing("USAGE", with: usage)) : .json(404, #"{"error":{"message":"no such path"}}"#)
        }
    }

    /// Guards against a first run on a local folder that was forecast as nothing, because the dataset was not indexed
    /// yet, and spent money without a question.
    @Test(arguments: kinds, ["", "--json", "--quiet"])
    func nothingIsSentWithoutConsent(paid: Paid, flag: String) throws {
        let project = try TestProject()
        let server = try Self.server()
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 8)
        try project.write("spec.yaml", spec(paid, server))
        // Asking for a token is a request, too.
        try project.write(
            "key.json",
            #"{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r","token_uri":"\#(server.url)/token"}"#
        )
        // A second time too, when the dataset is indexed.
        for _ in 0..<2 {
            let run = try project.assay(
                ["run", "spec.yaml"] + (flag.isEmpty ? [] : [flag]),
                environment: ["TEST_KEY": "k", "ASSAY_TRUST": "127.0.0.1:\(server.port)"])
            #expect(run.status == 2, "\(run.errors)\n\(run.output)")
            #expect(run.errors.contains(paid.says), "\(run.errors)")
            #expect(run.errors.contains("Nothing was sent. Give --yes to spend it."))
            #expect(server.requests.isEmpty, "\(server.requests.map(\.target))")
        }
    }

    /// Presses Ctrl-C at the question of a command on a terminal.
    private static let interruption = """
        import os, pty, sys
        pid, terminal = pty.fork()
        if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
        text, asked = b"", False
        while True:
            try: data = os.read(terminal, 4096)
            except OSError: break
            if not data: break
            text += data
            if b"[y/N]" in text and not asked:
                asked = True
                os.write(terminal, b"\\x03")
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.buffer.write(text)
        sys.exit(status if status >= 0 else 99)
        """

    /// Guards against a question that Ctrl-C ended with a signal and without a word.
    @Test(arguments: ["the cost", "trust in a host"]) func ctrlCAtAQuestionSaysThatNothingWasSent(id: String) throws {
        let project = try TestProject()
        let server = try Self.server()
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 8)
        var paid = Self.kinds[0]
        if id == "trust in a host" { paid.provider = #"{ kind: openai, endpoint: "https://models.example/v1" }"# }
        try project.write("spec.yaml", spec(paid, server))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.interruption, project.programs + "/assay", "run", "spec.yaml"]
        process.currentDirectoryURL = URL(fileURLWithPath: project.folder)
        process.environment = ProcessInfo.processInfo.environment.merging(["XDG_CONFIG_HOME": TestProject.configuration]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130, "\(text)")
        #expect(text.contains("Interrupted. Nothing more was sent or deleted."), "\(text)")
        #expect(server.requests.isEmpty)
    }

    /// A judge is asked about answers that do not exist yet: its forecast is bounded by the number of items, and is not zero.
    @Test(arguments: ["online", "batch"]) func aJudgeIsAskedAboutToo(way: String) throws {
        let project = try TestProject()
        let server = try Self.server()
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 2)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: project.folder + "/pictures")
            .filter { $0.hasSuffix(".png") }.sorted()
        try project.write(
            "items.csv", "path,question,answers\n" + paths.map { "pictures/\($0),What colour?,\"[\"\"red\"\"]\"\n" }.joined())
        try project.write("published.csv", "path,answer\n" + paths.map { "pictures/\($0),red\n" }.joined())
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: judged
            task: { answer: { score: judged, judge: strict } }
            dataset: { table: items.csv }
            splits: { main: { test: 100% } }
            prompts: { grade: { user: [{ text: "{{ question }} {{ reference }} {{ answer }}" }] } }
            requests: { verdict: { prompt: grade, answer: { json: verdict, name: Verdict } } }
            providers: { there: { kind: openai, endpoint: "\(server.url)/v1" } }
            models: { published: { answers: published.csv }, grader: { provider: there, model: gpt-4o } }
            judges: { strict: { model: grader, \(way): verdict } }
            evaluations: { accuracy: { split: main.test, models: { published: {} } } }
            """)
        for _ in 0..<2 {
            let run = try project.assay(["run", "spec.yaml"])
            #expect(run.status == 2, "\(run.errors)\n\(run.output)")
            #expect(run.errors.contains("--yes"), "\(run.errors)")
            #expect(server.requests.isEmpty, "\(server.requests.map(\.target))")
        }
        // A budget holds for it, too.
        let broke = try project.assay("run", "spec.yaml", "--yes", "--budget", "0.0000001")
        #expect(broke.status != 0 && server.requests.filter { $0.method == "POST" }.isEmpty, "\(broke.errors)")
    }

    /// Guards against answers that cost many times their forecast: the budget and the amount agreed to were looked at once,
    /// before the first request.
    @Test func aBudgetEndsAStepSoonAfterItIsSpent() throws {
        let project = try TestProject()
        let server = try Self.server(usage: #","usage":{"prompt_tokens":100000,"completion_tokens":2,"total_tokens":100002}"#)
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 40)
        let paid = Paid(
            id: "dear answers", provider: Self.openAI, models: "  asked: { provider: there, model: gpt-4o }",
            asked: "asked: { online: plain }")
        try project.write(
            "spec.yaml",
            spec(paid, server).replacing("train: 6, validation: 0, test: 2", with: "train: 1, validation: 0, test: 39"))
        // An answer costs $0.25 where $0.0005 were forecast.
        let run = try project.assay("run", "spec.yaml", "--json", "--yes", "--budget", "1")
        #expect(run.status == 4, "\(run.errors)")
        #expect(run.errors.contains("budget"), "\(run.errors)")
        let spent = try #require(run.end["spent_usd"] as? Double)
        #expect(spent >= 0.5 && spent < 4, "\(spent)")
        #expect(server.requests.count < 20, "\(server.requests.count)")
    }

    /// Guards against warm-up requests and repeated requests, whose cost was not compared with the reservation: the requests of
    /// each round could cost as much again.
    @Test(arguments: ["warm-up requests", "a second round"]) func allAnswersOfAStepCountAgainstTheBudget(id: String) throws {
        let isWarmup = id == "warm-up requests"
        let project = try TestProject()
        let tokens = Mutex(0)
        let tries = Mutex<[String: Int]>([:])
        let server = try TestServer { request, _ in
            guard request.path.hasSuffix("/chat/completions") else { return .json(404, "{}") }
            let image = request.text.firstMatch(of: #/base64,([^"]*)"/#).map { String($0.output.1) } ?? ""
            // The first five images fail in the first round, in which each request is sent seven times.
            let fails = tries.withLock { tries in
                let isNew = tries[image] == nil
                if isNew, isWarmup || tries.count >= 5 { return false }
                tries[image, default: 0] += 1
                return (tries[image] ?? 0) <= 7
            }
            if fails { return .json(500, #"{"error":{"message":"boom"}}"#, ["Retry-After": "0"]) }
            let usage = #","usage":{"prompt_tokens":\#(tokens.withLock { $0 }),"completion_tokens":1,"total_tokens":1}"#
            return .json(200, Self.answer.replacing("USAGE", with: usage))
        }
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 6)
        let paid = Paid(
            id: id, provider: Self.openAI, models: "  asked: { provider: there, model: gpt-4o }",
            asked: "asked: { online: plain }", more: isWarmup ? "concurrency: 1, warmup: 12, " : "")
        try project.write(
            "prices.yaml", "assay-prices: 1\ndate: 2026-01-01\nmodels: { gpt-4o: { input: 2500, output: 10000 } }\n")
        try project.write(
            "spec.yaml",
            spec(paid, server).replacing("train: 6, validation: 0, test: 2", with: "train: 1, validation: 0, test: 4")
                + "\nprices: prices.yaml")
        let plan = try project.assay("plan", "spec.yaml", "--json")
        let document = try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any]
        let forecast = try #require((document?["cost_usd"] as? [String: Any])?["expected"] as? Double)
        // Every answer costs 1.6 times its forecast: of twelve, the seven of the first round cost less than all were to cost.
        let requests = isWarmup ? 24.0 : 12.0
        tokens.withLock { $0 = Int(1.6 * forecast / requests / 2500 * 1e6) }
        let run = try project.assay("run", "spec.yaml", "--json", "--yes", "--budget", String(forecast * 1.3))
        #expect(run.status == 4, "\(run.errors)\n\(run.output)")
        let spent = try #require(run.end["spent_usd"] as? Double)
        // The requests of the second round are in flight together.
        #expect(spent > 0 && spent < forecast * (isWarmup ? 1.5 : 1.7), "\(spent) of \(forecast)")
    }

    /// Guards against an interrupted step that reserved its whole forecast again, although most answers were known.
    @Test func aContinuedStepReservesOnlyWhatIsOpen() throws {
        let project = try TestProject()
        let isBroken = Mutex(true)
        let images = Mutex<Set<String>>([])
        let server = try TestServer { request, _ in
            guard request.path.hasSuffix("/chat/completions") else { return .json(404, "{}") }
            let image = request.text.firstMatch(of: #/base64,([^"]*)"/#).map { String($0.output.1) } ?? ""
            let isLate = images.withLock { images in
                if images.count < 10 { images.insert(image) }
                return !images.contains(image)
            }
            if isLate, isBroken.withLock({ $0 }) { return .json(500, #"{"error":{"message":"boom"}}"#, ["Retry-After": "0"]) }
            return .json(200, Self.answer.replacing("USAGE", with: ""))
        }
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 6)
        let paid = Paid(
            id: "an interrupted step", provider: Self.openAI, models: "  asked: { provider: there, model: gpt-4o }",
            asked: "asked: { online: plain }")
        try project.write(
            "prices.yaml", "assay-prices: 1\ndate: 2026-01-01\nmodels: { gpt-4o: { input: 2500, output: 10000 } }\n")
        try project.write(
            "spec.yaml",
            spec(paid, server).replacing("train: 6, validation: 0, test: 2", with: "train: 1, validation: 0, test: 4")
                + "\nprices: prices.yaml")
        let plan = try project.assay("plan", "spec.yaml", "--json")
        let document = try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any]
        let forecast = try #require((document?["cost_usd"] as? [String: Any])?["expected"] as? Double)
        let broken = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(broken.status == 1, "\(broken.errors)")
        isBroken.withLock { $0 = false }
        // Ten of twelve answers are paid for.
        let run = try project.assay("run", "spec.yaml", "--json", "--yes", "--budget", String(forecast * 1.1))
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        #expect(images.withLock { $0.count } == 10)
    }

    /// Guards against requests in flight that were cancelled when others failed: their answers were paid for and lost.
    @Test(arguments: ["failures in a row", "an error that concerns all requests"])
    func answersUnderWayAreKept(id: String) throws {
        let project = try TestProject()
        let isBroken = Mutex(true)
        let slow = Mutex<(image: String, count: Int, others: Int)>(("", 0, 0))
        let server = try TestServer { request, _ in
            guard request.path.hasSuffix("/chat/completions") else { return .json(404, "{}") }
            guard isBroken.withLock({ $0 }) else { return .json(200, Self.answer.replacing("USAGE", with: "")) }
            let image = request.text.firstMatch(of: #/base64,([^"]*)"/#).map { String($0.output.1) } ?? ""
            let isSlow = slow.withLock { slow in
                if slow.image.isEmpty { slow.image = image }
                if slow.image == image { slow.count += 1 } else { slow.others += 1 }
                return slow.image == image
            }
            if isSlow {
                // Answers a second after the last of the others has failed.
                let enough = id == "failures in a row" ? 11 * 7 : 7
                let end = Date() + 60
                while Date() < end, slow.withLock({ $0.others }) < enough { Thread.sleep(forTimeInterval: 0.05) }
                Thread.sleep(forTimeInterval: 1)
                return .json(200, Self.answer.replacing("USAGE", with: ""))
            }
            return id == "failures in a row"
                ? .json(500, #"{"error":{"message":"boom"}}"#, ["Retry-After": "0"])
                : .json(401, #"{"error":{"message":"no"}}"#)
        }
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 6)
        let paid = Paid(
            id: id, provider: Self.openAI, models: "  asked: { provider: there, model: gpt-4o }",
            asked: "asked: { online: plain }")
        try project.write(
            "spec.yaml",
            spec(paid, server).replacing("train: 6, validation: 0, test: 2", with: "train: 1, validation: 0, test: 4"))
        let broken = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(broken.status == 1, "\(broken.errors)")
        #expect(broken.end["spent_usd"] as? Double ?? 0 > 0, "\(broken.output)")
        isBroken.withLock { $0 = false }
        let before = server.requests.count { $0.path == "/v1/chat/completions" }
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        #expect(slow.withLock { $0.count } == 1)
        #expect(
            server.requests.count { $0.path == "/v1/chat/completions" } - before == 11, "the slow answer is known")
    }

    /// Only the spec states that a server on another machine is free.
    @Test(arguments: ["price: free", "zero prices"]) func aFreeServerElsewhereNeedsConsent(id: String) throws {
        let project = try TestProject()
        try project.pictures("pictures", perLabel: 8)
        let isFree = id == "price: free"
        try project.write(
            "prices.yaml", "assay-prices: 1\ndate: 2026-01-01\nmodels:\n  gpt-4o: { input: 0, output: 0 }\n")
        let server = try Self.server()
        defer { server.stop() }
        let paid = Paid(
            id: id, provider: "{ kind: openai, endpoint: \"https://models.example/v1\"\(isFree ? ", price: free" : "") }",
            models: "  asked: { provider: there, model: gpt-4o }", asked: "asked: { online: plain }")
        try project.write("spec.yaml", spec(paid, server) + (isFree ? "" : "\nprices: prices.yaml"))
        let run = try project.assay("run", "spec.yaml", environment: ["ASSAY_TRUST": "models.example"])
        #expect(run.status == 2, "\(run.errors)\(run.output)")
        #expect(run.errors.contains("Nothing was sent. Give --yes to spend it."), "\(run.errors)")
    }

    @Test func withYesItRuns() throws {
        let project = try TestProject()
        let server = try Self.server()
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 8)
        try project.write("spec.yaml", spec(Self.kinds[0], server))
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        #expect(run.end["spent_usd"] as? Double ?? 0 > 0)
        #expect(server.requests.filter { $0.path == "/v1/chat/completions" }.count == 6)
        // Known answers cost nothing, so there is no question.
        let again = try project.assay("run", "spec.yaml", "--json")
        #expect(again.status == 0, "\(again.errors)")
    }

    /// A run that is refused leaves everything as it was: the measurement that it was to repeat is still there.
    @Test func aRefusedRunChangesNothing() throws {
        let project = try TestProject()
        let server = try Self.server()
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 8)
        try project.write("spec.yaml", spec(Self.kinds[6], server))
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(run.status == 0, "\(run.errors)")
        let sent = server.requests.count
        let refused = try project.assay("run", "spec.yaml", "--remeasure")
        #expect(refused.status == 2)
        #expect(server.requests.count == sent)
        let again = try project.assay("run", "spec.yaml", "--json")
        #expect(again.status == 0 && again.end["ran"] as? Int == 0, "\(again.errors)")
        #expect(server.requests.count == sent)
    }

    @Test(arguments: ["provider", "model"])
    func whatIsFreeIsNotAskedAbout(place: String) throws {
        let project = try TestProject()
        let server = try Self.server()
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 8)
        var paid = Self.kinds[7]
        if place == "provider" { paid.provider = paid.provider.replacing("kind: openai", with: "kind: openai, price: free") }
        if place == "model" { paid.models = paid.models.replacing("model: llava", with: "model: llava, price: free") }
        try project.write("spec.yaml", spec(paid, server))
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output)")
        #expect(run.end["spent_usd"] as? Double == 0)
    }

    /// An archive at an address is not there to be counted: nothing is fetched for a run that may not pay.
    @Test func remoteArchiveIsNotConsent() throws {
        let project = try TestProject()
        let server = try Self.server()
        defer { server.stop() }
        try project.write(
            "spec.yaml", spec(Self.kinds[0], server, dataset: "{ archive: \"\(server.url)/images.tar\" }"))
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 2)
        #expect(run.errors.contains("The cost of this run is unknown"), "\(run.errors)")
        #expect(run.errors.contains("has not been downloaded yet"), "\(run.errors)")
        #expect(server.requests.isEmpty)
    }

    @Test func planForecastsALocalFolderImmediately() throws {
        let project = try TestProject()
        let server = try Self.server()
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 8)
        try project.write("spec.yaml", spec(Self.kinds[0], server))
        let plan = try project.assay("plan", "spec.yaml")
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(plan.output.contains("forecast: $0.0"), "\(plan.output)")
        #expect(server.requests.isEmpty)
        try project.write("other.yaml", spec(Self.kinds[7], server))
        let other = try project.assay("plan", "other.yaml", "--json")
        let document = try JSONSerialization.jsonObject(with: Data(other.output.utf8)) as? [String: Any]
        #expect(document?["cost_unknown"] as? String == "'llava' has no price")
        let steps = document?["steps"] as? [[String: Any]] ?? []
        let asked = steps.first { $0["kind"] as? String == "ask-online" }
        #expect(asked?["cost_usd"] is NSNull)
        #expect(asked?["cost_unknown"] as? String == "'llava' has no price for it")
    }

    @Test(arguments: [["--budget", "5"], []])
    func aBudgetNeedsAPrice(flags: [String]) throws {
        let project = try TestProject()
        let server = try Self.server()
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 8)
        try project.write("spec.yaml", spec(Self.kinds[7], server) + (flags.isEmpty ? "\nbudget: { usd: 5 }" : ""))
        let run = try project.assay(["run", "spec.yaml", "--yes"] + flags)
        #expect(run.status == 2, "\(run.errors)")
        #expect(run.errors.contains("llava"))
        #expect(server.requests.isEmpty)
    }

    struct Usage: Sendable, CustomTestStringConvertible {
        var id: String
        var usage: String
        var testDescription: String { id }
    }

    static let uncounted: [Usage] = [
        Usage(id: "absent", usage: ""), Usage(id: "null", usage: #","usage":null"#),
        Usage(id: "empty", usage: #","usage":{}"#),
        Usage(id: "other names", usage: #","usage":{"input_tokens":10,"output_tokens":2}"#),
        Usage(id: "negative", usage: #","usage":{"prompt_tokens":-5,"completion_tokens":2}"#),
        Usage(id: "nulls", usage: #","usage":{"prompt_tokens":null,"completion_tokens":null}"#),
        Usage(id: "zero", usage: #","usage":{"prompt_tokens":0,"completion_tokens":0}"#),
        Usage(id: "half", usage: #","usage":{"prompt_tokens":10}"#),
        Usage(id: "absurd", usage: #","usage":{"prompt_tokens":9e18,"completion_tokens":1}"#),
        Usage(id: "text", usage: #","usage":"many""#),
    ]

    /// Guards against answers without `usage`, which cost $0.00, so that a budget never stopped a run.
    @Test(arguments: uncounted)
    func anAnswerWithoutACountCostsItsForecast(item: Usage) throws {
        let project = try TestProject()
        let server = try Self.server(usage: item.usage)
        defer { server.stop() }
        try project.pictures("pictures", perLabel: 8)
        try project.write(
            "prices.yaml", "assay-prices: 1\ndate: 2026-01-01\nmodels: { gpt-4o: { input: 2500, output: 10000 } }\n")
        try project.write("spec.yaml", spec(Self.kinds[0], server) + "\nprices: prices.yaml")
        let plan = try project.assay("plan", "spec.yaml", "--json")
        let document = try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any]
        let forecast = try #require((document?["cost_usd"] as? [String: Any])?["expected"] as? Double)
        #expect(forecast > 0.1)
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(run.status == 0, "\(run.errors)")
        let spent = try #require(run.end["spent_usd"] as? Double)
        #expect(abs(spent / forecast - 1) < 0.02, "\(spent) of \(forecast)")
        #expect(run.output.contains("6 answers had no token count"))
        let report = try #require(run.end["report"] as? String)
        let folder = URL(fileURLWithPath: report).deletingLastPathComponent()
        let metrics = try String(contentsOf: folder.appendingPathComponent("metrics.json"), encoding: .utf8)
        #expect(metrics.contains("\"estimated_answers\": 6") || metrics.contains("\"estimated_answers\":6"))
        let text = try String(contentsOf: folder.appendingPathComponent("report.md"), encoding: .utf8)
        #expect(text.contains("tokens and cost are estimates: 6 answers had no token count"))
        // The estimate counts against the budget: another run of the same cost does not fit.
        try project.write(
            "more.yaml", spec(Self.kinds[0], server).replacing("One of", with: "Which of") + "\nprices: prices.yaml")
        let more = try project.assay("run", "more.yaml", "--yes", "--budget", String(forecast * 1.5))
        #expect(more.status == 4, "\(more.errors)\n\(more.output)")
    }

    @Test func pricesAreListedWithSourceAndDate() throws {
        let project = try TestProject()
        let list = try project.assay("prices")
        #expect(list.status == 0)
        for part in ["azure-openai: prices of 2026-", "openai: prices of 2026-", "source: ", "gpt-4o-2024-08-06"] {
            #expect(list.output.contains(part))
        }
        let json = try project.assay("prices", "--json")
        let document = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        let tables = try #require(document?["tables"] as? [[String: Any]])
        // Azure OpenAI, OpenAI, and Vertex AI, which has separate prices per region.
        #expect(tables.count == 4)
        #expect(tables.allSatisfy { ($0["source"] as? String)?.isEmpty == false && ($0["date"] as? String)?.isEmpty == false })
    }
}
