// Request and training lines, compared with Python.

import Basics
import Foundation
import Planning
import Platform
import ProviderKit
import Specification
import Steps
import Testing

@Suite("JSON lines")
struct JSONLTests {
    /// A folder of files that look like images by their first bytes; removed at the end.
    struct Scratch: ~Copyable {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-jsonl-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: folder) }

        func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }

        func image(
            _ name: String, bytes count: Int, seed: UInt64 = 1, magic: [UInt8] = [0xFF, 0xD8, 0xFF]
        ) throws
            -> ImageFile
        {
            var random = SeededRandom(seed: seed)
            var bytes = magic
            while bytes.count < count { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
            try Data(bytes).write(to: folder.appending(path: name))
            return ImageFile(path: path(name), digest: Digest(of: bytes), bytes: bytes.count)
        }
    }

    static let labels = ["Chihuahua", "Black-And-Tan Coonhound", "Épagneul \"Breton\"\u{7F}", "柴犬 🐕\\\u{1}\u{8}\u{C}\n\r\t"]
    static let system =
        "Classify the following input image into one of the following categories: [{{ labels }}]."

    /// The rows of the published experiment's notebook, made by Python from the same files.
    static let python = #"""
        import base64, json, os, sys
        job = json.loads(sys.stdin.buffer.read())
        labels = sorted(job["labels"])
        prompt = job["system"].replace("{{ labels }}", ", ".join(labels))
        system = {"role": "system", "content": prompt}
        def url(path):
            data = open(path, "rb").read()
            kind = "png" if data.startswith(b"\x89PNG") else "webp" if data.startswith(b"RIFF") else "jpeg"
            return f"data:image/{kind};base64," + base64.b64encode(data).decode()
        def user(path):
            image = {"type": "image_url", "image_url": {"url": url(path), "detail": job["detail"]}}
            parts = [image if part is None else {"type": "text", "text": part} for part in job["user"]]
            return {"role": "user", "content": parts}
        def said(text): return {"role": "assistant", "content": text}
        def answer(label): return label if job["property"] is None else json.dumps({job["property"]: label})
        shots = [m for path, label in job["shots"] for m in (user(path), said(answer(label)))]
        for id, (path, label) in enumerate(job["examples"]):
            messages = [system] + shots + [user(path)]
            if job["kind"] == "batch":
                body = {"model": job["model"], "messages": messages}
                if job["property"]:
                    schema = {"type": "object", "properties": {job["property"]: {"type": "string"}},
                              "required": [job["property"]], "additionalProperties": False}
                    body["response_format"] = {"type": "json_schema", "json_schema": {
                        "name": job["name"], "strict": True, "schema": schema}}
                body.update(job["parameters"])
                row = {"custom_id": str(id), "method": "POST", "url": "/chat/completions", "body": body}
            elif job["kind"] == "supervised":
                row = {"messages": messages + [said(answer(label))]}
            elif job["kind"] == "dpo":
                row = {"input": {"messages": messages}, "preferred_output": [said(answer(label))],
                       "non_preferred_output": [said(answer(labels[0]))]}
            else:
                row = {"messages": messages, "reference_answer": label}
            sys.stdout.write(json.dumps(row) + "\n")
        """#

    struct Case: CustomTestStringConvertible, Sendable {
        var id: String
        var kind: String
        var prompt = PromptSpec(system: JSONLTests.system)
        var request = RequestSpec(prompt: "classify", detail: .low)
        var shots = false
        var testDescription: String { id }
    }

    static let published = RequestSpec(
        prompt: "classify", detail: .low, answer: .json(property: "breed", name: "BreedClassifierOutput"))

    @Test(
        "Lines are what Python writes", .enabled(if: Python.isHere, "needs python3"),
        arguments: [
            Case(id: "published batch", kind: "batch", request: published),
            Case(id: "published training", kind: "supervised"),
            Case(
                id: "parameters", kind: "batch",
                prompt: PromptSpec(system: "\n" + system + "\n", user: [.text("Räte:\t{{ labels }}"), .image, .text("?")]),
                request: RequestSpec(prompt: "p", detail: .high, maxTokens: 10, temperature: 0, topP: 0.95, seed: 42)),
            Case(id: "shots", kind: "batch", request: published, shots: true),
            Case(id: "taught JSON", kind: "supervised", request: published, shots: true),
            Case(id: "preferences", kind: "dpo"),
            Case(id: "reinforcement", kind: "reinforcement"),
        ])
    func linesArePythons(_ test: Case) async throws {
        let scratch = try Scratch()
        let images = [
            try scratch.image("a.jpg", bytes: 3), try scratch.image("b.jpg", bytes: 4, seed: 2),
            try scratch.image("c é.jpg", bytes: 400_001, seed: 3),
            try scratch.image("d.png", bytes: 196_608, seed: 4, magic: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
            try scratch.image("e.webp", bytes: 393_217, seed: 5, magic: Array("RIFF....WEBP".utf8)),
        ]
        let labels = JSONLTests.labels
        let shots = test.shots ? [RequestTemplate.Shot(images: [images[1]], label: labels[2])] : []
        let template = RequestTemplate(
            PreparedRequest(test.request, prompt: test.prompt), labels: labels, shots: shots)
        let writer = JSONLWriter(folder: scratch.folder, name: "lines")
        let rejected = labels.sortedByBytes()[0]
        let shards = try await writer.write(count: images.count) { index in
            let image = images[index], label = labels[index % labels.count]
            return switch test.kind {
            case "batch": template.batchLine(customID: String(index), model: "gpt-4o-batch", images: [image])
            case "supervised": template.trainingLine(images: [image], label: label)
            case "dpo": template.preferenceLine(images: [image], preferred: label, rejected: rejected)
            default: template.reinforcementLine(images: [image], label: label)
            }
        }
        let ours = try Data(contentsOf: scratch.folder.appending(path: "lines-000.jsonl"))
        #expect(
            shards == [
                JSONLShard(name: "lines-000.jsonl", bytes: ours.count, lines: 5, digest: Digest(of: ours), firstLine: 0)
            ])

        var property = JSONValue.null, name = JSONValue.null
        if case .json(let p, let n) = test.request.answer { (property, name) = (.string(p), .string(n)) }
        let job: JSONValue = .object([
            "labels": .array(labels.map { .string($0) }), "system": .string(test.prompt.system ?? ""),
            "kind": .string(test.kind), "detail": .string(test.request.detail.rawValue), "model": "gpt-4o-batch",
            "property": property, "name": name,
            "user": .array(
                test.prompt.user.map { part in
                    if case .text(let text) = part {
                        .string(text.replacing("{{ labels }}", with: labels.sortedByBytes().joined(separator: ", ")))
                    } else {
                        .null
                    }
                }),
            "parameters": .object([:]), "shots": .array(shots.map { [.string($0.images[0].path), .string($0.label)] }),
            "examples": .array(
                images.enumerated().map {
                    [.string($1.path), .string(labels[$0 % labels.count])]
                }),
        ])
        // The order of the parameters is part of the bytes, so they go in by hand.
        let parameters =
            test.id == "parameters"
            ? #"{"max_tokens": 10, "seed": 42, "temperature": 0, "top_p": 0.95}"# : "{}"
        let input = job.canonical.replacing(#""parameters":{}"#, with: #""parameters":"# + parameters)
        let theirs = try Python.run(JSONLTests.python, input: input)
        #expect(ours == Data(theirs.utf8), "\(ours.count) bytes, Python wrote \(theirs.utf8.count)")
    }

    @Test("Floats are Python's", .enabled(if: Python.isHere, "needs python3"))
    func floatsArePythons() throws {
        var random = SeededRandom(seed: 3)
        var values = [0.1, 1e16, 1.5e16, 12_345_678_901_234_568, 1.8e16, 9e15, 1e-4, 1e-5, 1e22, 5e-324, 0.95, -2.5e16]
        for _ in 0..<2000 {
            let value = Double(bitPattern: random.next())
            if value.isFinite { values.append(value) }
            values.append(random.unit() * 4e16)
        }
        let list = PythonJSON.array(values.map { .double($0) })
        let bits = values.map { String($0.bitPattern) }.joined(separator: " ")
        let script = """
            import json, struct, sys
            bits = sys.stdin.read().split()
            sys.stdout.write(json.dumps([struct.unpack('d', int(b).to_bytes(8, 'little'))[0] for b in bits]))
            """
        #expect(try Python.run(script, input: bits) == String(decoding: list.textWithImageDigests, as: UTF8.self))
    }

    @Test func base64IsFoundations() {
        let encoder = Base64Encoder()
        var random = SeededRandom(seed: 1)
        for count in 0...100 {
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            var target = [UInt8](repeating: 0, count: Base64Encoder.encodedCount(count))
            let written = bytes.withUnsafeBytes { source in
                target.withUnsafeMutableBytes { encoder.encode(source, into: $0) }
            }
            #expect(written == target.count)
            #expect(String(decoding: target, as: UTF8.self) == Data(bytes).base64EncodedString())
        }
    }

    @Test func shardsKeepTheirLimits() async throws {
        let scratch = try Scratch()
        let image = try scratch.image("a.jpg", bytes: 3000)
        let template = RequestTemplate(
            PreparedRequest(RequestSpec(prompt: "p"), prompt: PromptSpec(system: "x")), labels: ["a"])
        func write(_ name: String, _ limits: ShardLimits) async throws -> [JSONLShard] {
            try await JSONLWriter(folder: scratch.folder, name: name, limits: limits).write(count: 10) { index in
                template.batchLine(customID: String(index), model: "m", images: [image])
            }
        }
        let whole = try await write("whole", .batch)
        let line = whole[0].bytes / 10
        let byBytes = try await write("bytes", ShardLimits(bytes: line * 3, lines: 100))
        #expect(byBytes.map(\.lines) == [3, 3, 3, 1])
        #expect(byBytes.map(\.firstLine) == [0, 3, 6, 9])
        #expect(byBytes.map(\.name).last == "bytes-003.jsonl")
        let byLines = try await write("lines", ShardLimits(bytes: .max, lines: 4))
        #expect(byLines.map(\.lines) == [4, 4, 2])
        let parts = try byLines.map { try Data(contentsOf: scratch.folder.appending(path: $0.name)) }
        #expect(Data(parts.joined()) == (try Data(contentsOf: scratch.folder.appending(path: whole[0].name))))
        await #expect(throws: JSONLError.lineTooLarge(line: 0, bytes: line, limit: 100)) {
            try await write("small", ShardLimits(bytes: 100, lines: 4))
        }
        let none = try await JSONLWriter(folder: scratch.folder, name: "none").write(count: 0) { _ in .null }
        #expect(none.isEmpty)
    }

    @Test func imagesThatChangedAreErrors() async throws {
        let scratch = try Scratch()
        let image = try scratch.image("a.jpg", bytes: 300)
        let text = try scratch.image("b.jpg", bytes: 300, magic: Array("hello".utf8))
        func write(_ image: ImageFile) async throws {
            _ = try await JSONLWriter(folder: scratch.folder, name: "x").write(count: 1) { _ in .image(image) }
        }
        var longer = image
        longer.bytes = 301
        await #expect(throws: JSONLError.imageChanged(path: image.path, was: 301, now: 300)) { try await write(longer) }
        await #expect(throws: JSONLError.notAnImage(path: text.path)) { try await write(text) }
        var gone = image
        gone.path += "x"
        await #expect(throws: FileError.missing(path: gone.path)) { try await write(gone) }
    }

    @Test func fingerprintsNameWhatReachesTheModel() throws {
        let scratch = try Scratch()
        let a = try scratch.image("a.jpg", bytes: 30), b = try scratch.image("b.jpg", bytes: 30, seed: 9)
        let prompt = PromptSpec(system: JSONLTests.system)
        func print(_ prompt: PromptSpec, _ request: RequestSpec, _ labels: [String], _ image: ImageFile) -> Digest {
            RequestTemplate(PreparedRequest(request, prompt: prompt), labels: labels).fingerprint(images: [image])
        }
        let one = print(prompt, JSONLTests.published, ["x", "y"], a)
        #expect(one == print(prompt, JSONLTests.published, ["y", "x"], a))
        let moved = ImageFile(path: "elsewhere.jpg", digest: a.digest, bytes: a.bytes)
        #expect(one == print(prompt, JSONLTests.published, ["y", "x"], moved))
        var renamed = JSONLTests.published
        renamed.prompt = "another name for the same prompt"
        #expect(one == print(prompt, renamed, ["x", "y"], a))

        var others: [Digest] = [
            print(prompt, JSONLTests.published, ["x", "y", "z"], a), print(prompt, JSONLTests.published, ["x", "y"], b),
            print(PromptSpec(system: "y"), JSONLTests.published, ["x", "y"], a),
        ]
        for change in [
            { $0.detail = .high }, { $0.answer = .text }, { $0.maxTokens = 1 }, { $0.temperature = 0 }, { $0.topP = 1 },
            { $0.seed = 1 },
        ] as [(inout RequestSpec) -> Void] {
            var request = JSONLTests.published
            change(&request)
            others.append(print(prompt, request, ["x", "y"], a))
        }
        #expect(Set(others + [one]).count == others.count + 1)
    }
}
