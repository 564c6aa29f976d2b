"""The helpers of the other tests in this folder."""
import unittest

from tools import container, documents, of_kind, pod_spec

POD = {"initContainers": [{"name": "litewatch", "restartPolicy": "Always"}],
       "containers": [{"name": "app"}]}


class ManifestsTest(unittest.TestCase):
    def test_empty_documents_are_left_out(self):
        self.assertEqual([{"kind": "Secret"}], documents("---\n---\nkind: Secret\n"))

    def test_kind_and_name_choose(self):
        one = {"kind": "Service", "metadata": {"name": "a"}}
        two = {"kind": "Service", "metadata": {"name": "b"}}
        self.assertEqual([two], of_kind([one, two], "Service", "b"))
        self.assertEqual([one, two], of_kind([one, two], "Service"))

    def test_the_pod_is_found_in_every_kind(self):
        template = {"template": {"spec": POD}}
        for manifest in ({"kind": "Pod", "spec": POD}, {"kind": "DaemonSet", "spec": template},
                         {"kind": "CronJob", "spec": {"jobTemplate": {"spec": template}}}):
            self.assertEqual(POD, pod_spec(manifest))

    def test_a_sidecar_is_a_container_too(self):
        self.assertEqual("Always", container(POD)["restartPolicy"])
        with self.assertRaises(AssertionError):
            container(POD, "other")


if __name__ == "__main__":
    unittest.main()
