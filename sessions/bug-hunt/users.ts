async function loadUsers(ids: string[]) {
  const requests = []
  for (const id of ids) {
    requests.push(fetch(`/api/users/${id}`).then(r => r.json()))
  }
  return await requests
}
