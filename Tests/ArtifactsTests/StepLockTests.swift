// Only one process at a time runs a step.

import Artifacts
import Basics
import Foundation
import Platform
import Synchronization
import Testing

@Suite struct StepLockTests {
    let key = StepKey(Digest(of: "step"))

    final class Counter: Sendable {
        let count = Mutex(0)
    }

    @Test func `the second waits for the first and finds its result`() async throws {
        let folder = try TemporaryFolder()
        let runs = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [key] in
                    // A separate store each, as in eight processes.
                    let store = try ArtifactStore(root: folder.path + "/state")
                    let lock = try await store.lock(key)
                    if try store.summary(for: key) == nil {
                        runs.count.withLock { $0 += 1 }
                        try await Task.sleep(for: .milliseconds(5))
                        let object = try store.put(Data("result".utf8))
                        try store.publish(
                            .sample("step", outputs: [StepOutput(name: "o", digest: object.digest, bytes: 6)]))
                    }
                    withExtendedLifetime(lock) {}
                }
            }
            try await group.waitForAll()
        }
        #expect(runs.count.withLock { $0 } == 1)
        #expect(try LocalFileSystem().list(folder.path + "/state/locks") == ["steps"], "no lock files pile up")
    }

    @Test func `a lock of another process is waited for, and is free when that dies`() async throws {
        let folder = try TemporaryFolder()
        let store = try ArtifactStore(root: folder.path + "/state")
        try LocalFileSystem().makeFolder(store.root + "/locks")
        let other = try await LineProcess.launch(
            ChildCommand(
                "python3",
                [
                    "-c",
                    "import fcntl,sys,time; f=open(sys.argv[1],'w'); fcntl.lockf(f,fcntl.LOCK_EX,1,int(sys.argv[2]));"
                        + "print('held',flush=True); time.sleep(60)",
                    store.root + "/locks/steps", String(key.digest.words.0 >> 2),
                ]))
        for try await line in other.lines {
            #expect(line == Data("held".utf8))
            break
        }
        #expect(try store.tryLock(key) == nil)
        async let lock = store.lock(key)
        await other.stop()
        withExtendedLifetime(try await lock) {}
    }

    @Test func `steps do not lock each other out`() async throws {
        let folder = try TemporaryFolder()
        let store = try ArtifactStore(root: folder.path + "/state")
        let first = try await store.lock(key)
        let second = try store.tryLock(StepKey(Digest(of: "another step")))
        #expect(second != nil)
        withExtendedLifetime((first, second)) {}
    }

    @Test func `waiting ends with the task`() async throws {
        let folder = try TemporaryFolder()
        let store = try ArtifactStore(root: folder.path + "/state")
        let held = try await store.lock(key)
        let waiting = Task { try await store.lock(key) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        withExtendedLifetime(held) {}
    }
}
