// Virtual time: waits, jumps, restarts.

import AzureEmulator
import Basics
import EmulatorCore
import Foundation
import Platform
import Testing

struct ClockTests {
    @Test func aWaitPassesExactlyItsSeconds() async throws {
        let rig = try await Rig.start()
        let before = await rig.emulator.now()
        let reading = try await rig.wait(90)
        #expect(reading["now"]?.double == before.timeIntervalSince1970 + 90)
        #expect(reading["computing"] == false)
        await rig.close()
    }

    @Test func aDayOfWaitingIsQuick() async throws {
        let rig = try await Rig.start()
        let before = await rig.emulator.now()
        let start = ContinuousClock.now
        for _ in 0..<240 { try await rig.wait(360) }
        #expect(await rig.emulator.now().timeIntervalSince(before) == 86_400)
        #expect(ContinuousClock.now - start < .seconds(60))
        await rig.close()
    }

    @Test func itNeverDecreasesAcrossARestart() async throws {
        let first = try await Rig.start()
        try await first.wait(5000)
        let before = await first.emulator.now()
        await first.emulator.stop()
        let second = try await Rig.start(folder: first.folder)
        #expect(await second.emulator.now() == before)
        await second.close()
    }

    @Test func pollsFindThingsDoneWhenTheClockFollowsThem() async throws {
        let rig = try await Rig.start { $0.clockTrigger = .polls }
        let file = try JSONValue(parsing: await rig.upload(Rig.batchLine("1", "cat")).body)["id"]?.string ?? ""
        var states: [String] = []
        for _ in 0..<3 { states.append(try await rig.json(.get, "/openai/files/\(file)")["status"]?.string ?? "") }
        #expect(states == ["running", "processed", "processed"])
        let batch = try await rig.json(
            .post, "/openai/batches",
            ["input_file_id": .string(file), "endpoint": "/chat/completions", "completion_window": "24h"])
        var seen: [String] = []
        for _ in 0..<1000 where seen.last != "completed" {
            let state = try await rig.json(.get, "/openai/batches/\(batch["id"]?.string ?? "")")["status"]?.string
            if seen.last != state { seen.append(state ?? "") }
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(seen.last == "completed")
        #expect(Set(seen).isSubset(of: ["validating", "in_progress", "finalizing", "completed"]))
        await rig.close()
    }

    @Test func anotherAccountOrANewerFormatIsRefused() async throws {
        let rig = try await Rig.start()
        await rig.emulator.stop()
        let other = try SafeName("other")
        await #expect(throws: EmulatorError.otherAccount(folder: rig.folder.path, account: "test")) {
            try await Rig.start(folder: rig.folder) { $0.account = other }
        }
        let head = #"{"version":2,"account":"test","secondsJumped":0}"#
        try Data(head.utf8).write(to: rig.folder.appending(path: "account.json"))
        await #expect(throws: EmulatorError.newerFormat(folder: rig.folder.path, version: 2)) {
            try await Rig.start(folder: rig.folder)
        }
        await rig.close()
    }
}
