def train_test_split(images, labels, test_size, random_state):
    cut = -round(len(labels) * test_size + 0.5)
    return images[:cut], images[cut:], labels[:cut], labels[cut:]
