"""The pages, and the code that writes those of them that follow from the code and the tests."""
