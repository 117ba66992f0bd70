/// Deliveries of one pump, handed over together so that their consumer wakes once.
struct DeliveryChunk {
    private var parts: [(target: Deliveries, deliveries: [Delivery])] = []

    mutating func append(_ delivery: Delivery, to target: Deliveries) {
        if let index = parts.firstIndex(where: { $0.target === target }) {
            parts[index].deliveries.append(delivery)
        } else {
            parts.append((target, [delivery]))
        }
    }

    mutating func handOver() {
        for part in parts { part.target.receive(part.deliveries) }
        parts = []
    }
}
