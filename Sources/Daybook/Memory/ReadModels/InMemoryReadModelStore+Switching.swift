extension InMemoryReadModelStore {
    // MARK: Locks

    public func lockNext() throws -> GenerationLock? { generations.locks.take(.next) }

    public func lock(_ number: Int) throws -> GenerationLock? { generations.locks.take(.feeding(number)) }

    public func lockPromotion(as holder: String) throws -> GenerationLock {
        guard let lock = generations.locks.take(.promotion) else { throw PromotionUnderWay() }
        return lock
    }

    public func lockScratch(_ purpose: ScratchPurpose) throws -> GenerationLock? {
        generations.locks.take(.scratch(purpose))
    }

    // MARK: What changes for readers

    public func promote(_ number: Int, level: (_ present: Int?) async throws -> Void) async throws {
        let lock = try lockPromotion(as: "a worker that promotes")
        defer { withExtendedLifetime(lock) {} }
        let present = serving
        if let present, present != number { try generations.setRole(.previous, of: present) }
        do { try await level(present) } catch {
            if let present { try generations.setRole(.serving, of: present) }
            throw error
        }
        try generations.serve(number)
    }

    public func recover() throws {
        guard isBetweenTwo(try summaries()), let lock = generations.locks.take(.promotion) else { return }
        defer { withExtendedLifetime(lock) {} }
        let found = try summaries()
        let present = found.first { $0.number == serving }
        if present?.record.role != .serving, let next = found.last(where: { $0.record.role == .serving }) {
            try generations.serve(next.number)
        } else if let present, present.record.role != .serving {
            try generations.setRole(.serving, of: present.number)
        }
    }

    public func serveNothing() throws { generations.serveNothing() }

    public func remove(_ number: Int) throws { generations.remove(number) }

    public var isPaused: Bool { generations.isPaused }

    public func setPaused(_ isPaused: Bool) throws { generations.isPaused = isPaused }
}
