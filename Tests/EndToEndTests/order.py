"""What a consumer takes of a source's partitions: of each only the offset that follows the last one that it had."""


class Order:
    def __init__(self):
        self.offsets, self.repeats, self.early = {}, 0, 0

    def takes(self, partition, offset):
        """Whether it is the next one; others are passed over."""
        last = self.offsets.get(partition, 0)
        if offset <= last:
            self.repeats += 1
        elif offset != last + 1:
            # The broker has refused one before it: all of them come again, in order.
            self.early += 1
        else:
            self.offsets[partition] = offset
            return True
        return False
