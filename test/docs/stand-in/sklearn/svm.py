from .datasets import Values

# As many errors as scikit-learn's classifier makes; test:real runs that one.
ERRORS = {0.1: 23, 10: 4}


class SVC:
    def __init__(self, C):
        self.errors = ERRORS[C]

    def fit(self, images, labels):
        return self

    def predict(self, images):
        return Values(round(image[0] * 16) + (index < self.errors) for index, image in enumerate(images))
