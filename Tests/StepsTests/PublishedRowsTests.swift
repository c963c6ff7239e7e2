// Request lines of real photographs, compared with Python.

import Basics
import Foundation
import Planning
import Platform
import ProviderKit
import Specification
import Steps
import Testing

/// All steps from an archive to request files, compared with an independent implementation in Python.
@Suite("Published rows of real photographs")
struct PublishedRowsTests {
    static let archive = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "../shared/data/tiny-imagenet-120.tar").standardizedFileURL
        .path(percentEncoded: false)
    static let isHere = Python.isHere && FileManager.default.fileExists(atPath: archive)

    /// Prints the digest of the batch file of a split's test part and of the training file of its train part.
    static let python = #"""
        import base64, hashlib, json, random, sys, tarfile
        path, order = sys.stdin.read().split("\n")
        images = {}
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith((".jpg", ".JPEG")):
                    images[member.name] = archive.extractfile(member).read()
        folders = {}
        for name in images: folders.setdefault(name.split("/")[-2], []).append(name)
        def breed(folder): return folder.split("-", 1)[1].replace("_", " ").title()
        train, test = [], []
        for folder, names in folders.items():
            names = sorted(names)[:50]
            if order == "python-shuffle": random.Random(42).shuffle(names)
            train += [(breed(folder), name) for name in names[:40]]
            test += [(breed(folder), name) for name in names[45:50]]
        labels = sorted({breed(folder) for folder in folders})
        prompt = ("Classify the following input image into one of the following categories: "
                  f"[{', '.join(labels)}].")
        system = {"role": "system", "content": prompt}
        def user(name):
            url = "data:image/jpeg;base64," + base64.b64encode(images[name]).decode()
            return {"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": url, "detail": "low"}}]}
        schema = {"type": "object", "properties": {"breed": {"type": "string"}}, "required": ["breed"],
                  "additionalProperties": False}
        def batch(id, label, name):
            return {"custom_id": str(id), "method": "POST", "url": "/chat/completions", "body": {
                "model": "gpt-4o-batch", "messages": [system, user(name)],
                "response_format": {"type": "json_schema", "json_schema": {
                    "name": "BreedClassifierOutput", "strict": True, "schema": schema}}}}
        def example(id, label, name):
            return {"messages": [system, user(name), {"role": "assistant", "content": label}]}
        for rows, row in ((test, batch), (train, example)):
            digest, count = hashlib.sha256(), 0
            for id, (label, name) in enumerate(sorted(rows)):
                line = json.dumps(row(id, label, name)) + "\n"
                digest.update(line.encode())
                count += len(line)
            print(len(rows), count, digest.hexdigest())
        """#

    @Test(
        "Batch and training files", .enabled(if: isHere, "needs python3 and ../shared/data"),
        arguments: [SplitSpec.Order.name, .pythonShuffle])
    func filesArePythons(order: SplitSpec.Order) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-rows-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func file(_ path: String) -> String {
            folder.appending(path: path.replacing("/", with: "+")).path(percentEncoded: false)
        }
        var bytes: [String: Int] = [:]
        try Archive(PublishedRowsTests.archive).forEach { entry, read in
            guard entry.kind == .file, isImagePath(entry.path) else { return }
            let data = try read()
            try data.write(to: URL(filePath: file(entry.path)))
            bytes[entry.path] = data.count
        }
        let rule = LabelSpec(after: "-", replace: [.init(old: "_", new: " ")], letterCase: .title)
        let images = try DatasetSpec.Layout.folderPerLabel.images(among: bytes.keys, label: rule)
        // Sizes in pixels and digests do not matter for the bytes of the lines.
        let manifest = DatasetManifest(
            images.map { image in
                ManifestEntry(
                    path: image.path, label: image.label, digest: Digest(of: image.path), bytes: bytes[image.path] ?? 0,
                    width: 64, height: 64)
            })
        let split = try SplitSpec(first: 50, train: 40, validation: 5, test: 5, order: order, seed: 42).split(manifest)
        let prompt = PromptSpec(
            system: "Classify the following input image into one of the following categories: [{{ labels }}].")
        let json = RequestSpec(
            prompt: "classify", detail: .low, answer: .json(property: "breed", name: "BreedClassifierOutput"))
        let asking = RequestTemplate(PreparedRequest(json, prompt: prompt), labels: manifest.labels)
        let teaching = RequestTemplate(
            PreparedRequest(RequestSpec(prompt: "classify", detail: .low), prompt: prompt), labels: manifest.labels)

        var ours = ""
        for (name, part) in [("batch", SplitPart.test), ("training", .train)] {
            let examples = split[part].examples
            let shards = try await JSONLWriter(folder: folder, name: name).write(count: examples.count) { index in
                let example = examples[index]
                let image = ImageFile(path: file(example.path), digest: example.digest, bytes: example.bytes)
                return part == .test
                    ? asking.batchLine(customID: String(example.id), model: "gpt-4o-batch", images: [image])
                    : teaching.trainingLine(images: [image], label: example.label)
            }
            try #require(shards.count == 1)
            ours += "\(examples.count) \(shards[0].bytes) \(shards[0].digest)\n"
        }
        let input = PublishedRowsTests.archive + "\n" + order.rawValue
        #expect(try Python.run(PublishedRowsTests.python, input: input) == ours)
    }
}
