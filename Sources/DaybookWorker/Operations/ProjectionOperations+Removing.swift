import Daybook
import DaybookAPI

/// The operations that remove generations.
extension ProjectionOperations {
    /// Removes what has served before, builds of other versions, which nobody can promote any more, and what does not
    /// serve and cannot be read.
    func dropPrevious() async throws {
        try await registry.changing.withLock {
            let present = context.projection.version
            let (generations, damaged) = try context.store.survey()
            let serving = context.store.serving
            // While another one is promoted, the one that serves says that it did before.
            let done = generations.filter { generation in
                let role = generation.record.role
                return generation.number != serving
                    && (role == .previous || (role == .building && generation.version != present))
            }
            try await discard(done.map(\.number) + damaged.map(\.number))
        }
    }

    /// Removes every generation and builds the first one again: until then nothing serves.
    func reset() async throws {
        defer { registry.inbox.send(.progressed) }
        try await registry.changing.withLock {
            let next = try await context.lockNext()
            defer { withExtendedLifetime(next) {} }
            let skipped = try context.skippedEvents()
            try await discard(context.store.numbers) {
                // First, so that no crash loses what is skipped.
                try context.store.create(GenerationRecord(role: .building), skipping: skipped)
                try context.store.serveNothing()
            }
        }
    }

    /// Removes generations, all or none of them, and never the one to which readers are led. While `changing` is held.
    func discard(_ numbers: [Int], then body: () throws -> Void = {}) async throws {
        defer { registry.inbox.send(.progressed) }
        let store = context.store
        let kept = try await supervisor.stop(numbers)
        try await releasing(numbers, by: supervisor.earlier[...]) {
            // From here on no other worker lets one of them serve.
            let promotion = try store.lockPromotion(as: "a worker that removes generations")
            defer { withExtendedLifetime(promotion) {} }
            let locks = try numbers.map { number in
                guard let lock = try kept[number] ?? store.lock(number) else {
                    throw OperationRefused(
                        code: .fedElsewhere, detail: "generation \(number) is fed by another worker: ask that one")
                }
                return lock
            }
            try body()
            if let serving = store.serving, numbers.contains(serving) {
                throw OperationRefused(code: .serves, detail: "generation \(serving) serves now")
            }
            try withExtendedLifetime(locks) { for number in numbers { try store.remove(number) } }
        }
    }

    /// Runs `body` while nobody in this process feeds these generations.
    private func releasing(
        _ numbers: [Int], by feeders: ArraySlice<any GenerationFeeder>, _ body: () async throws -> Void
    ) async throws {
        guard let feeder = feeders.first else { return try await body() }
        try await feeder.releasing(numbers) { try await releasing(numbers, by: feeders.dropFirst(), body) }
    }
}
