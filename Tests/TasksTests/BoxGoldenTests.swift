// Boxes of replies against supervision, which reads the formats of Gemini, Qwen and PaliGemma.

import Basics
import Foundation
import TaskKit
import Tasks
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "../shared/tasks/golden")

struct BoxGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let members: JSONValue
        var testDescription: String { members["case"]?.string ?? "" }
    }

    static let cases: [Case] = {
        guard let data = try? Data(contentsOf: folder.appending(path: "boxes.json")),
            let list = (try? JSONValue(parsing: data))?["cases"]?.array
        else { return [] }
        return list.map(Case.init)
    }()

    @Test(
        .enabled(if: !cases.isEmpty, "the reference values (../shared/tasks/golden) are not on this machine"), arguments: cases)
    func boxes(_ golden: Case) throws {
        let members = golden.members
        let convention = [
            "gemini_2_5": "yxyx-1000", "gemini_2_0": "yxyx-1000", "qwen_2_5_vl": "xyxy-pixels", "qwen_3_vl": "xyxy-1000",
            "paligemma": "loc-1024", "moondream": "xyxy-1",
        ][members["format"]?.string ?? ""]
        guard let convention, let width = members["width"]?.int, let height = members["height"]?.int else { return }
        // Pixels refer to the picture as sent; the boxes are scaled to the original here.
        let sent = members["input_wh"]?.array?.compactMap(\.double)
        let image = TaskImage(path: "a.png", width: Int(sent?[0] ?? Double(width)), height: Int(sent?[1] ?? Double(height)))
        let item = TaskItem(id: "1", images: [image], group: "1", reference: .null)
        let context = TaskContext(vocabulary: ["cup", "dog"], form: AnswerForm(boxes: convention))
        let read = try Detect(options: TaskOptions()).read(members["answer"]?.string ?? "", about: item, context)
        var found = read.value?["boxes"]?.array ?? []
        if let kept = members["classes"]?.array { found = found.filter { kept.contains($0["label"] ?? .null) } }
        let expected = members["boxes_xyxy"]?.array?.map { $0.array?.compactMap(\.double) ?? [] } ?? []
        try #require(found.count == expected.count)
        for (box, corners) in zip(found, expected) {
            let numbers = box["box"]?.array?.compactMap(\.double) ?? []
            let across = Double(width) / Double(image.width), down = Double(height) / Double(image.height)
            let ours = [
                numbers[0] * across, numbers[1] * down, (numbers[0] + numbers[2]) * across, (numbers[1] + numbers[3]) * down,
            ]
            for (a, b) in zip(ours, corners) { #expect(abs(a - b) < 1e-9 * max(1, b)) }
        }
        let labels = members["labels"]?.array?.compactMap(\.string) ?? []
        #expect(found.compactMap { $0["label"]?.string } == labels)
    }
}
