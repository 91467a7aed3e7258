"""What is trained where and when: plan, buckets, executors, store."""
